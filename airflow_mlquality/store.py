"""Where reports and profiles are kept: immutable JSON documents, written whole, found by name.

::

    <root>/runs/<dag>/<task>/<run>/<map index>/<try>-<moment>-<random>.json   reports of gates
    <root>/runs/-/<contract>/<moment>-<random>.json                          reports of the command line
    <root>/profiles/<name>/<moment>-<random>.json                            named references
    <root>/profiles/<name>/parts/<part>/<moment>-<random>.json               profiles of their parts
    <root>/history/…                                                         what became of each run of a gate
    <root>/retraining/<name>/<moment>-<random>.json                          decisions to train
    <root>/waiting/…, <root>/watched/…                                       how far sensors and watchers have come
    <root>/choices/…                                                         which model was chosen, and whether applied

An address is the part behind the root. Nothing is updated in place, so concurrent writers never collide and a
reader never sees half a document.
"""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from airflow_mlquality.errors import StoreError
from airflow_mlquality.profile import Profile
from airflow_mlquality.report import Report

if TYPE_CHECKING:
    from collections.abc import Sequence


class Store:
    """A folder of reports and profiles.

    Parameters
    ----------
    root
        A local folder, or any path object with `joinpath`, `mkdir`, `iterdir`, `read_text` and `write_text`, such
        as an `ObjectStoragePath`.
    """

    def __init__(self, root: Any) -> None:
        self.root = Path(root) if isinstance(root, str) else root

    def write_report(self, report: Report) -> str:
        """Write a report and return its address."""
        subject = report.subject
        if subject.get("dag_id"):
            parts = [subject["dag_id"], subject["task_id"], subject["run_id"], subject.get("map_index", "-1")]
            prefix = f"{int(subject.get('try_number', '1')):04d}-"
        else:
            parts, prefix = ["-", report.contract.name], ""
        return self._write(["runs", *map(segment, parts)], prefix, report.dumps())

    def read_report(self, address: str) -> Report:
        """Return the report at an address.

        Raises
        ------
        StoreError
            When there is none.
        """
        return Report.from_json(self._read(address))

    def report_addresses(self, dag_id: str, task_id: str, run_id: str, map_index: int = -1) -> list[str]:
        """Return the addresses of a task instance's reports, the oldest try first."""
        return self._list(["runs", *map(segment, (dag_id, task_id, run_id, str(map_index)))])

    def write_profile(self, name: str, profile: Profile) -> str:
        """Keep a profile as a reference of that name and return its address."""
        return self._write(["profiles", segment(name)], "", profile.dumps())

    def write_part(self, name: str, profile: Profile) -> str:
        """Keep a profile as a part of the reference of that name and return its address."""
        return self._write(["profiles", segment(name), "parts", segment(profile.part)], "", profile.dumps())

    def latest_part(self, name: str, part: str) -> tuple[str, Profile] | None:
        """Return the newest profile of a part and its address, or None when there is none yet."""
        addresses = self._list(["profiles", segment(name), "parts", segment(part)])
        return (addresses[-1], self.read_profile(addresses[-1])) if addresses else None

    def read_profile(self, address: str) -> Profile:
        """Return the profile at an address.

        Raises
        ------
        StoreError
            When there is none.
        """
        try:
            return Profile.from_json(self._read(address))
        except (StoreError, KeyError, TypeError, ValueError):
            raise StoreError.no_profile(address) from None

    def latest(self, name: str) -> tuple[str, Profile] | None:
        """Return the newest profile of a name and its address, or None when there is none yet."""
        addresses = self._list(["profiles", segment(name)])
        return (addresses[-1], self.read_profile(addresses[-1])) if addresses else None

    def latest_profile(self, name: str) -> Profile | None:
        """Return the newest profile of a name, or None when there is none yet."""
        found = self.latest(name)
        return found[1] if found else None

    def write_document(self, folder: Sequence[str], text: str, prefix: str = "") -> str:
        """Keep any document in a folder, under a name that sorts by when it was written; return its address.

        Parameters
        ----------
        folder
            Names below the root, each a safe segment.
        text
            JSON.
        prefix
            What the name begins with.
        """
        return self._write(folder, prefix, text)

    def read_document(self, address: str) -> dict[str, Any]:
        """Return the JSON object at an address.

        Raises
        ------
        StoreError
            When there is none.
        """
        return self._read(address)

    def addresses(self, folder: Sequence[str]) -> list[str]:
        """Return the addresses of a folder's documents, sorted by name."""
        return self._list(folder)

    def folders(self, folder: Sequence[str]) -> list[str]:
        """Return the names of the folders in a folder."""
        return [name for name in self._names(folder) if not name.endswith(".json")]

    def location(self, address: str) -> str:
        """Return an address as a full path or URL, for people."""
        return str(self.root.joinpath(*address.split("/")))

    def _write(self, folder: Sequence[str], prefix: str, text: str) -> str:
        moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
        name = f"{prefix}{moment}-{uuid.uuid4().hex[:8]}.json"
        parent = self.root.joinpath(*folder)
        parent.mkdir(parents=True, exist_ok=True)
        if isinstance(parent, Path):
            half = parent / f".{name}.half"
            half.write_text(text, encoding="utf-8")
            half.replace(parent / name)
        else:
            (parent / name).write_text(text, encoding="utf-8")
        return "/".join([*folder, name])

    def _read(self, address: str) -> dict[str, Any]:
        parts = address.split("/")
        if any(part in ("", ".", "..") or "\\" in part for part in parts):
            raise StoreError.no_report(address)
        try:
            content: dict[str, Any] = json.loads(self.root.joinpath(*parts).read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise StoreError.no_report(address) from None
        except OSError as failed:
            raise StoreError.unreachable(str(self.root), f"{type(failed).__name__}: {failed}") from None
        return content

    def _names(self, folder: Sequence[str]) -> list[str]:
        """Return the names in a folder; one that is not there is empty, one that cannot be seen an error."""
        try:
            return [path.name for path in self.root.joinpath(*folder).iterdir()]
        except FileNotFoundError:
            return []
        except OSError as failed:
            # object stores say of a folder that is not there that it is none; a local disk says so of a file
            if isinstance(failed, NotADirectoryError) and not isinstance(self.root, Path):
                return []
            raise StoreError.unreachable(str(self.root), f"{type(failed).__name__}: {failed}") from None

    def _list(self, folder: Sequence[str]) -> list[str]:
        names = sorted(self._names(folder))
        return ["/".join([*folder, name]) for name in names if name.endswith(".json") and not name.startswith(".")]


def segment(name: str) -> str:
    """Return a name as one safe path segment, different for different names.

    >>> segment("scheduled__2026-01-01T00:00:00+00:00"), segment("a/b"), segment("..")
    ('scheduled__2026-01-01T00%3A00%3A00%2B00%3A00', 'a%2Fb', '%2E%2E')
    """
    quoted = quote(name, safe="")
    return quoted.replace(".", "%2E") if set(quoted) <= {"."} else quoted
