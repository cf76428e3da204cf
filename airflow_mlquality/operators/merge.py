"""Making a reference of the profiles of its parts, without reading a row."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk import BaseOperator, XComArg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from airflow.sdk import Context

    from airflow_mlquality.profile import Profile
    from airflow_mlquality.store import Store


class MergeProfilesOperator(BaseOperator):
    """Merge the profiles of parts, and keep the profile of the whole as the newest reference of a name.

    No row is read. What the parts do not tell of the whole, such as whether a key of one part is in another, is left
    open and says why; gates find that reason. A part that is missing fails the task, for nobody could see it in the
    merged counts, unless it is named as one that may be absent.

    Parameters
    ----------
    name
        Under which the merged profile is kept.
    profiles
        What the tasks left that took the parts, usually ``mapped.output``; or addresses in the store.
    parts
        The parts that there have to be, as names or as partitions, column to value. By default as many as the tasks
        were that `profiles` comes from.
    absent
        Parts that may be absent, as names or as partitions.
    store
        Where profiles are kept; by default ``[mlquality] store``.
    **kwargs
        See Airflow's `BaseOperator`.

    Notes
    -----
    Templated: `name`, `profiles`, `parts`, `absent`, `store`.

    XCom: ``{"name": …, "profile": address, "rows": …, "columns": …, "parts": …}``.
    """

    template_fields: Sequence[str] = ("name", "profiles", "parts", "absent", "store")
    template_fields_renderers: ClassVar[dict[str, str]] = {"profiles": "json", "parts": "json", "absent": "json"}
    ui_color = "#e6eef0"

    def __init__(
        self,
        *,
        name: str,
        profiles: Any,
        parts: Any = None,
        absent: Any = (),
        store: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.name = name
        self.profiles = profiles
        self.parts = parts
        self.absent = absent
        self.store = store
        self._measured_by = sorted({operator.task_id for each in _xcoms(profiles) for operator, _ in each})

    def execute(self, context: Context) -> dict[str, Any]:
        """Merge and keep."""
        from airflow_mlquality.errors import UsageError
        from airflow_mlquality.operators.endings import WrongUsage
        from airflow_mlquality.operators.settings import store_from_config
        from airflow_mlquality.profile import merge_all

        store = store_from_config(self.store)
        addresses = list(_addresses(self.profiles))
        names: list[str] = []
        try:
            merged = merge_all(_read(store, addresses, names))
        except UsageError as error:
            raise WrongUsage(str(error)) from None
        self._require(context, names)
        address = store.write_profile(self.name, merged)
        self._tell(merged, len(names), store.location(address))
        columns = len(merged.schema.names)
        return {"name": self.name, "profile": address, "rows": merged.rows, "columns": columns, "parts": len(names)}

    def _require(self, context: Context, present: Sequence[str]) -> None:
        """Fail where a part is missing that may not be.

        Raises
        ------
        StoreError
            When one is.
        """
        from airflow_mlquality.errors import StoreError
        from airflow_mlquality.profile import several

        may_lack = [name for name in _names(self.absent) if name not in present]
        if self.parts is not None:
            missing = [name for name in _names(self.parts) if name not in present and name not in may_lack]
            if missing:
                named = f"{several(missing)} {'is' if len(missing) == 1 else 'are'}"
                raise StoreError.missing_parts(self.name, named, len(present))
        elif (lacking := self._measured(context) - len(present)) > len(may_lack):
            counted = f"{lacking:,} part{' is' if lacking == 1 else 's are'}"
            raise StoreError.missing_parts(self.name, counted, len(present))

    def _measured(self, context: Context) -> int:
        """Return how many tasks were to take a part."""
        ti = context["ti"]
        if not self._measured_by:
            return 0
        return int(ti.get_ti_count(dag_id=ti.dag_id, task_ids=self._measured_by, run_ids=[ti.run_id]))

    def _tell(self, merged: Profile, parts: int, location: str) -> None:
        from airflow_mlquality.profile import changes

        columns = len(merged.schema.names)
        self.log.info("Profile '%s': %s rows, %s columns of %s parts", self.name, f"{merged.rows:,}", columns, parts)
        different = changes(merged.parts)
        for told in different.values():
            self.log.warning("%s; its facts are left open", told)
        for why, count in Counter(merged.failures.values()).items():
            if why not in different.values():
                self.log.info("Left open: %s fact%s: %s", count, "" if count == 1 else "s", why)
        self.log.info("Kept: %s", location)


def _xcoms(value: Any) -> Iterator[Iterable[tuple[Any, str]]]:
    """Return what the outputs of tasks in a value refer to."""
    if isinstance(value, XComArg):
        yield value.iter_references()
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _xcoms(each)


def _addresses(value: Any) -> Iterator[str]:
    """Return addresses of what tasks left: their summaries, addresses, or lists of these; nothing for nothing."""
    if isinstance(value, str):
        yield value
    elif hasattr(value, "get"):
        yield str(value.get("profile"))
    elif value is not None:
        for each in value:
            yield from _addresses(each)


def _names(parts: Iterable[str | Mapping[str, Any]]) -> list[str]:
    from airflow_mlquality.profile import part_name

    return [each if isinstance(each, str) else part_name(each) for each in parts]


def _read(store: Store, addresses: Iterable[str], names: list[str]) -> Iterator[Profile]:
    """Return profiles one by one, and note the names of their parts."""
    for address in addresses:
        profile = store.read_profile(address)
        names.append(profile.part or profile.source)
        yield profile
