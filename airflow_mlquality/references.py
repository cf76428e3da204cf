"""Finding what a stage is compared with: a profile, its name in the store, its file, or other rows."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_mlquality import profile as profiles
from airflow_mlquality import report as reports
from airflow_mlquality.engines.sources import is_frame, label_of
from airflow_mlquality.errors import UnusableReferenceError
from airflow_mlquality.profile import Profile
from airflow_mlquality.report import Report

if TYPE_CHECKING:
    from airflow_mlquality.store import Store

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


@dataclass(frozen=True)
class Reference:
    """What a stage is compared with.

    Parameters
    ----------
    name
        For people.
    profile
        Its facts; None when there is none yet, or when its rows are still to be measured.
    rows
        The source to measure, when it was given as rows.
    """

    name: str
    profile: Profile | None = None
    rows: Any = None


def find_reference(given: Any, name: str | None, store: Store | None) -> Reference:
    """Return what was meant by a reference.

    Parameters
    ----------
    given
        A profile, the name of one in the store, a path to a profile or report, a source, or None.
    name
        The contract's own name for its reference, taken when nothing is given.
    store
        Where named profiles are kept.

    Raises
    ------
    UnusableReferenceError
        When a JSON document is of a format that this version does not read.
    """
    wanted = name if given is None or (isinstance(given, str) and not given) else given
    if wanted is None:
        return Reference("")
    if isinstance(wanted, Profile):
        return Reference(name or wanted.source, wanted)
    if is_frame(wanted):
        return Reference(name or label_of(wanted), rows=wanted)
    if isinstance(wanted, str) and _NAME.fullmatch(wanted):
        return Reference(wanted, store.latest_profile(wanted) if store else None)
    document = _document(wanted)
    if document is not None:
        return Reference(name or label_of(wanted), _profile_of(document, label_of(wanted)))
    return Reference(name or label_of(wanted), rows=wanted)


def _document(given: Any) -> dict[str, Any] | None:
    """Return the JSON object in a file, if it is one of ours."""
    if not str(given).endswith(".json"):
        return None
    path = given if hasattr(given, "read_text") else Path(str(given))
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) and str(content.get("format", "")).startswith("mlquality.") else None


def _profile_of(document: dict[str, Any], address: str) -> Profile:
    try:
        if document["format"] == reports.FORMAT:
            return Report.from_json(document).profile
        return Profile.from_json(document)
    except (KeyError, TypeError, ValueError) as broken:
        why = str(broken) if document["format"] not in (profiles.FORMAT, reports.FORMAT) else "it is damaged"
        raise UnusableReferenceError.not_a_profile(address, why) from None
