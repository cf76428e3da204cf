"""Taking a reference: measure every column of a source and keep the profile under a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow_mlquality.operators.stage import StageOperator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context

    from airflow_mlquality.profile import Profile
    from airflow_mlquality.store import Store


class ProfileOperator(StageOperator):
    """Measure every column of a source, and keep the profile as a reference of that name, or as a part of one.

    Nothing is judged. A source that cannot be read fails the task, which is retried. Gates find the newest profile
    of a name with ``reference="name"``, and judge it without rows with ``source="profile:name"``.

    A mapped task with a `partition` keeps a part of the reference, which a `MergeProfilesOperator` makes of all parts;
    a part that has not changed is not measured again.

    Parameters
    ----------
    source
        The rows: a path, a glob, an `ObjectStoragePath`, or the output of a task that returns a dataframe.
    name
        Under which the profile is kept.
    contract
        Tells how to read the source: the columns' types, how CSV is written. What its checks need is measured too, so
        that the profile can be judged without rows.
    environment, sources, as_of
        For the checks of the contract, as for a gate.
    partition
        Column to value: only these rows are measured.
    part
        Name of the part of the reference that this is; by default that of the partition of a mapped task.
    like
        The name of a profile on whose bins is counted, or its path. Parts need the same bins to merge.
    bins_only
        Take the bins from a sample of the rows and count nothing, for others to be taken `like` it. Once there are
        some of that name they stay, so that parts of yesterday and of today merge.
    incremental
        Whether a part, or bins, that are there already are kept where nothing changed. A part is unchanged when the
        names, sizes and times or checksums of its files are, and what is asked of it.
    fingerprint
        What tells that the rows are as they were, for a source that has no files, such as
        ``{{ ti.xcom_pull("load")["version"] }}``.
    store
        Where profiles are kept; by default ``[mlquality] store``.
    memory_limit, threads, spill
        By default as configured under ``[mlquality]``.
    **kwargs
        See Airflow's `BaseOperator`.

    Notes
    -----
    Templated: `source`, `name`, `contract`, `environment`, `sources`, `as_of`, `partition`, `part`, `like`,
    `fingerprint`, `store`.

    XCom: ``{"name": …, "profile": address, "rows": …, "columns": …}``, of a part also its name and whether it was
    unchanged: ``{"part": …, "unchanged": …}``.
    """

    template_fields: Sequence[str] = (
        "source",
        "name",
        "contract",
        "environment",
        "sources",
        "as_of",
        "partition",
        "part",
        "like",
        "fingerprint",
        "store",
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {
        **StageOperator.template_fields_renderers,
        "contract": "yaml",
    }
    ui_color = "#e6eef0"

    def __init__(
        self,
        *,
        name: str,
        contract: Any = None,
        part: str = "",
        like: Any = None,
        bins_only: bool = False,
        incremental: bool = True,
        fingerprint: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.name = name
        self.contract = contract
        self.part = part
        self.like = like
        self.bins_only = bins_only
        self.incremental = incremental
        self.fingerprint = fingerprint

    def execute(self, context: Context) -> dict[str, Any]:
        """Measure and keep, or keep what is there."""
        from airflow_mlquality.errors import ContractError, UnusableReferenceError, UsageError
        from airflow_mlquality.operators.endings import WrongUsage
        from airflow_mlquality.operators.settings import store_from_config

        store = store_from_config(self.store)
        part = self._part_name(context)
        kept = self._kept(store, part) if self.incremental else None
        try:
            profile = self._taken(context, store, part, kept[1] if kept else None)
        except (ContractError, UnusableReferenceError, UsageError) as error:
            raise WrongUsage(str(error)) from None
        unchanged = kept is not None and profile is kept[1]
        if kept is not None and unchanged:
            address = kept[0]
        else:
            address = store.write_part(self.name, profile) if part else store.write_profile(self.name, profile)
        summary = {"name": self.name, "profile": address, "rows": profile.rows, "columns": len(profile.schema.names)}
        self._tell(profile, store.location(address), unchanged=unchanged)
        return {**summary, "part": part, "unchanged": unchanged} if part else summary

    def _part_name(self, context: Context) -> str:
        """Return the name of the part that this is; nothing for a whole."""
        from airflow_mlquality.profile import part_name

        is_mapped = context["ti"].map_index not in (None, -1)
        return str(self.part or "") or (part_name(self.partition or {}) if is_mapped and not self.bins_only else "")

    def _kept(self, store: Store, part: str) -> tuple[str, Profile] | None:
        """Return the profile that may be kept, and its address."""
        if part:
            return store.latest_part(self.name, part)
        return store.latest(self.name) if self.bins_only else None

    def _taken(self, context: Context, store: Store, part: str, kept: Profile | None) -> Profile:
        from airflow_mlquality.audit import take_profile
        from airflow_mlquality.operators.contracts import beside
        from airflow_mlquality.operators.measuring import given

        return take_profile(
            self.source_rows(context),
            contract=beside(context["dag"].folder, self.contract),
            like=given(self.like),
            bins_only=self.bins_only,
            part=part,
            fingerprint=given(self.fingerprint),
            kept=kept,
            store=store,
            **self.reading_options(context),
        )

    def _tell(self, profile: Profile, location: str, *, unchanged: bool) -> None:
        name = f"{self.name}' part '{profile.part}" if profile.part else self.name
        if unchanged:
            self.log.info("Profile '%s': unchanged, measured at %s", name, profile.taken_at[:19])
        self.log.info(
            "Profile '%s': %s rows, %s columns of %s",
            name,
            f"{profile.rows:,}",
            len(profile.schema.names),
            profile.source,
        )
        for measurement, why in profile.failures.items():
            self.log.warning("Not measured: %s of %s: %s", measurement.kind, ", ".join(measurement.columns()), why)
        self.log.info("Kept: %s", location)
