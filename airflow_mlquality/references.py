"""Finding profiles: what a stage is compared with, or judged by, is given as itself, its name, its file, or as rows."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_mlquality import profile as profiles
from airflow_mlquality import report as reports
from airflow_mlquality.engines.sources import is_frame, label_of
from airflow_mlquality.errors import StoreError, UnusableReferenceError, UsageError
from airflow_mlquality.history import History, last_passed, previous_partition, same_weekday
from airflow_mlquality.profile import Profile
from airflow_mlquality.report import Report

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_mlquality.history import Run
    from airflow_mlquality.store import Store

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_OF_A_MODEL = re.compile(r"[^\s/@]+@[A-Za-z_][A-Za-z0-9_-]*")
_NAMED = "profile:"
LAST_PASSED, PREVIOUS_PARTITION, SAME_WEEKDAY = "last_passed", "previous_partition", "same_weekday"
EARLIER = (LAST_PASSED, PREVIOUS_PARTITION, SAME_WEEKDAY)
"""Names of references that are earlier runs of the same gate."""
_ADDRESS = re.compile(r"(profiles|runs)/[^\s]+\.json")
_KEPT = re.compile(r"profiles/[^\s]+\.json")
_OURS = b'{"format":"mlquality.'


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


@dataclass(frozen=True)
class Lookup:
    """Where references are looked up.

    Parameters
    ----------
    store
        Where named profiles and reports are kept.
    subject
        For which task, and for which moment: earlier runs are those of this task before it.
    models
        From the name and the alias of a registered model to the address of its training profile; empty when it has
        none.
    """

    store: Store | None = None
    subject: Mapping[str, str] = field(default_factory=dict)
    models: Callable[[str, str], str] | None = None


def find_reference(given: Any, name: str | None, lookup: Lookup) -> Reference:
    """Return what was meant by a reference.

    Parameters
    ----------
    given
        A profile; the name of one in the store; its address there; `last_passed`, `previous_partition` or
        `same_weekday`, for an earlier run of the same gate; ``MODEL@ALIAS``, for the training profile of a registered
        model; a path to a profile or report; a source; or None.
    name
        The contract's own name for its reference, taken when nothing is given.
    lookup
        Where to look.

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
    if isinstance(wanted, str) and (found := _looked_up(wanted, lookup)):
        return found
    document = _document(wanted)
    if document is not None:
        return Reference(name or label_of(wanted), _profile_of(document, label_of(wanted)))
    return Reference(name or label_of(wanted), rows=wanted)


def find_profile(source: Any, store: Store | None) -> Profile | None:
    """Return the profile that a source is, or None when it is rows.

    Parameters
    ----------
    source
        A profile, ``profile:NAME`` of one in the store, its address there, what a task that took it left, or the path
        of a profile or report.
    store
        Where named profiles are kept.

    Raises
    ------
    StoreError
        When it names a profile that is not there.
    UnusableReferenceError
        When it is a document that cannot be read.
    """
    if isinstance(source, Profile):
        return source
    if isinstance(source, Mapping) and isinstance(source.get("profile"), str):
        source = source["profile"]
    if isinstance(source, str) and source.startswith(_NAMED):
        kept = store.latest_profile(source.removeprefix(_NAMED)) if store else None
        if kept is None:
            raise StoreError.no_profile(source)
        return kept
    if isinstance(source, str) and store and _KEPT.fullmatch(source) and not Path(source).exists():
        return store.read_profile(source)
    if is_frame(source) or not _is_ours(source):
        return None
    document = _document(source)
    return None if document is None else _profile_of(document, label_of(source))


def bins_of(like: Any, store: Store | None) -> Profile | None:
    """Return the profile whose bins were meant.

    Raises
    ------
    UsageError
        When it is not there, or no profile.
    """
    if like is None or (isinstance(like, str) and not like):
        return None
    found = find_reference(like, None, Lookup(store))
    if found.profile is None:
        raise UsageError.no_bins(str(like) if isinstance(like, str) else label_of(like))
    return found.profile


def _looked_up(wanted: str, lookup: Lookup) -> Reference | None:
    """Return what a name or an address in the store stands for; None for a path of something else."""
    if _NAME.fullmatch(wanted) or _OF_A_MODEL.fullmatch(wanted):
        return Reference(wanted, _named(wanted, lookup))
    if lookup.store and _ADDRESS.fullmatch(wanted) and not Path(wanted).exists():
        return Reference(wanted, _kept(wanted, lookup.store))
    return None


def _named(name: str, lookup: Lookup) -> Profile | None:
    if lookup.store is None:
        return None
    if name in EARLIER:
        run = _earlier(name, lookup.store, lookup.subject)
        return _kept(run.report, lookup.store) if run else None
    if "@" in name:
        address = lookup.models(*name.split("@", 1)) if lookup.models else ""
        return _kept(address, lookup.store) if address else None
    return lookup.store.latest_profile(name)


def _earlier(name: str, store: Store, subject: Mapping[str, str]) -> Run | None:
    if not subject.get("at"):
        return None
    at = datetime.fromisoformat(subject["at"])
    since = datetime.fromisoformat(subject.get("since") or subject["at"])
    runs = History.of(store, subject).before(at)
    if name == LAST_PASSED:
        return last_passed(runs)
    return previous_partition(runs, since) if name == PREVIOUS_PARTITION else same_weekday(runs, since)


def _kept(address: str, store: Store) -> Profile:
    """Return the profile at an address of the store, which may be that of a report."""
    if not address.startswith("runs/"):
        return store.read_profile(address)
    try:
        return store.read_report(address).profile
    except (KeyError, TypeError, ValueError) as broken:
        raise StoreError.damaged(address, f"{type(broken).__name__}: {broken}") from None


def _is_ours(source: Any) -> bool:
    """Return whether a JSON file begins as our documents do; rows may be many, and are not read to see."""
    if not str(source).endswith(".json"):
        return False
    path = source if hasattr(source, "read_text") else Path(str(source))
    try:
        with path.open("rb") as file:
            return bool(file.read(len(_OURS)) == _OURS)
    except (OSError, ValueError):
        return False


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
