"""The firings of a name, kept in the store, and how two sensors do not fire for the same evidence.

::

    <root>/retraining/<name>/<moment>-<random>.json     a claim, which is a firing unless it was withdrawn
    <root>/retraining/<name>/<moment>-<random>.json     the withdrawal of a claim

A sensor writes its claim and then lists. A claim that it did not know of when it decided, and that did not know of
its own, is a rival: then it withdraws, waits a moment of random length, and decides anew. Of two sensors that write
before they list, at least one sees the other, so that never both fire; it may be that both withdraw, and try again.

That holds where a listing shows what was written before it began: on local disks, and on Amazon S3, Google Cloud
Storage and Azure Blob Storage. On a file system that shows new files late, such as NFS with long attribute caches, two
sensors of one name that decide within that time could both fire.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow_mlquality.errors import StoreError
from airflow_mlquality.retraining.deciding import Firing
from airflow_mlquality.store import segment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from airflow_mlquality.store import Store

WITHDRAWN = "mlquality.withdrawal/1"


class Firings:
    """The firings of a name.

    Parameters
    ----------
    store
        Where they are kept.
    name
        Of what is trained; sensors of the same name share their firings.
    """

    def __init__(self, store: Store, name: str) -> None:
        self._store = store
        self._folder = ["retraining", segment(name)]
        self._read: dict[str, dict[str, Any]] = {}

    def all(self) -> list[Firing]:
        """Return the firings, the earliest moment first.

        Raises
        ------
        StoreError
            When one cannot be read: what it consumed would count again.
        """
        documents = {address: self._document(address) for address in self._addresses()}
        withdrawn = {each["withdraws"] for each in documents.values() if each.get("format") == WITHDRAWN}
        claims = [
            self._firing(address, each)
            for address, each in documents.items()
            if each.get("format") != WITHDRAWN and address not in withdrawn
        ]
        return sorted(claims, key=lambda firing: (firing.moment, firing.address))

    def claim(self, firing: Firing, known: Iterable[Firing]) -> Firing | None:
        """Keep a firing and return it with its address; None when somebody else claims too.

        Parameters
        ----------
        firing
            The decision.
        known
            The firings that it was made from.
        """
        written = replace(firing, known=tuple(each.address for each in known), written_at=datetime.now(UTC).isoformat())
        address = self._store.write_document(self._folder, json.dumps(written.to_json(), separators=(",", ":")))
        return self.settled(replace(written, address=address))

    def settled(self, mine: Firing) -> Firing | None:
        """Return a claim when it has no rival; else withdraw it."""
        rivals = [
            each
            for each in self.all()
            if each.address != mine.address and each.address not in mine.known and mine.address not in each.known
        ]
        if not rivals:
            return mine
        self._store.write_document(self._folder, json.dumps({"format": WITHDRAWN, "withdraws": mine.address}))
        return None

    def _addresses(self) -> list[str]:
        filesystem = getattr(self._store.root, "fs", None)
        if filesystem is not None:
            filesystem.invalidate_cache()  # it remembers listings, and others write
        return self._store.addresses(self._folder)

    def _document(self, address: str) -> dict[str, Any]:
        if address not in self._read:
            try:
                self._read[address] = self._store.read_document(address)
            except ValueError as broken:
                raise StoreError.damaged(address, f"{type(broken).__name__}: {broken}") from None
        return self._read[address]

    def _firing(self, address: str, document: dict[str, Any]) -> Firing:
        try:
            return Firing.from_json(document, address)
        except (KeyError, TypeError, ValueError) as broken:
            raise StoreError.damaged(address, f"{type(broken).__name__}: {broken}") from None
