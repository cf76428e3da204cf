"""Which checks there are, and where each is written: a class is imported when a contract names it.

With its measurements and statistics a class takes milliseconds to import, and most contracts name a few of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow_mlquality.checks.base import Check, Scope

    Home = tuple[str, str, str]

HOMES: dict[str, Home] = {
    # schema
    "type": ("schema", "Type", "column"),
    "required_columns": ("schema", "RequiredColumns", "schema"),
    "extra_columns": ("schema", "ExtraColumns", "schema"),
    "schema_stable": ("schema_change", "SchemaStable", "schema"),
    "absent_columns": ("absent", "AbsentColumns", "schema table"),
    # completeness
    "not_null": ("completeness", "NotNull", "column"),
    "null_share": ("completeness", "NullShare", "column"),
    "sentinels": ("sentinels", "Sentinels", "column"),
    "filled_share": ("missing", "FilledShare", "rows table"),
    "required_when": ("missing", "RequiredWhen", "column"),
    # values
    "between": ("values", "Between", "column"),
    "accepted_values": ("values", "AcceptedValues", "column"),
    "matches": ("values", "Matches", "column"),
    "length": ("values", "Length", "column"),
    "format": ("formats", "Format", "column"),
    "increasing": ("sequences", "Increasing", "column"),
    "step": ("grids", "Step", "column"),
    "precision": ("grids", "Precision", "column"),
    "no_personal_data": ("privacy", "NoPersonalData", "column table"),
    "k_anonymity": ("anonymity", "KAnonymity", "table rows"),
    # uniqueness
    "unique": ("uniqueness", "Unique", "column rows table"),
    "duplicate_rows": ("duplicates", "DuplicateRows", "table rows"),
    "near_duplicates": ("duplicates", "NearDuplicates", "column rows table"),
    # relations
    "rule": ("relations", "Rule", "rows"),
    "relationships": ("relations", "Relationships", "column"),
    "determines": ("dependencies", "Determines", "rows"),
    "impossible_together": ("combinations", "ImpossibleTogether", "rows"),
    "combinations_known": ("combinations", "CombinationsKnown", "rows"),
    "sums_to": ("sums", "SumsTo", "rows"),
    "conservation": ("conservation", "Conservation", "table"),
    "reconciled": ("reconciliation", "Reconciled", "table"),
    "no_overlap": ("overlap", "NoOverlap", "column"),
    # volume
    "row_count": ("volume", "RowCount", "table"),
    "kpi": ("kpi", "Kpi", "table"),
    # time
    "freshness": ("time", "Freshness", "table column"),
    "available_within": ("availability", "AvailableWithin", "column"),
    "cadence": ("cadence", "Cadence", "table column"),
    "late_rows": ("lateness", "LateRows", "rows"),
    "in_partition": ("lateness", "InPartition", "table"),
    "restatement": ("restatement", "Restatement", "table"),
    "no_gaps": ("gaps", "NoGaps", "table column"),
    # labels
    "conflicting_labels": ("conflicts", "ConflictingLabels", "labels"),
    "missing_share": ("labels", "MissingShare", "labels"),
    "allowed": ("labels", "Allowed", "labels"),
    "prior": ("prior", "Prior", "labels"),
    "class_rows": ("class_rows", "ClassRows", "labels"),
    "new_classes": ("class_rows", "NewClasses", "labels"),
    "label_maturity": ("maturity", "LabelMaturity", "labels"),
    "proxy_agreement": ("agreement", "ProxyAgreement", "labels"),
    "annotators": ("annotators", "Annotators", "labels"),
    "label_noise": ("label_noise", "LabelNoise", "labels"),
    "label_shift": ("label_shift", "LabelShift", "labels"),
    "leakage": ("leakage", "Leakage", "labels"),
    "known_before_label": ("known_before_label", "KnownBeforeLabel", "labels"),
    # drift
    "correlation_stable": ("correlation", "CorrelationStable", "table"),
    "outlier_share": ("outliers", "OutlierShare", "column"),
    "drift": ("drift", "Drift", "drift"),
    "text_drift": ("text_drift", "TextDrift", "column"),
    "embedding_drift": ("embedding_drift", "EmbeddingDrift", "column"),
    "dependence_stable": ("dependence", "DependenceStable", "drift"),
    # meaning
    "scale_stable": ("scale", "ScaleStable", "column"),
    "on_scale": ("scale_rows", "OnScale", "column"),
    "date_meaning": ("dates", "DateMeaning", "column"),
    "vocabulary": ("vocabulary", "Vocabulary", "column"),
    "default_spike": ("spikes", "DefaultSpike", "column"),
    "swapped_columns": ("swaps", "SwappedColumns", "table"),
}
"""Module, class and places in a contract of every check, by its YAML key; families in reading order."""


class Catalogue(Mapping[str, "type[Check]"]):
    """Classes of checks by YAML key, imported when they are asked for."""

    def __init__(self, homes: Mapping[str, Home]) -> None:
        self._homes = homes

    def __getitem__(self, name: str) -> type[Check]:
        module, written, _ = self._homes[name]
        found: type[Check] = getattr(import_module(f"airflow_mlquality.checks.{module}"), written)
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._homes

    def __iter__(self) -> Iterator[str]:
        return iter(self._homes)

    def __len__(self) -> int:
        return len(self._homes)

    def under(self, scope: Scope) -> Catalogue:
        """Return the checks that may stand in a part of a contract."""
        return Catalogue({name: home for name, home in self._homes.items() if scope in home[2].split()})

    def class_named(self, name: str) -> type[Check]:
        """Return a check by the name of its class.

        Raises
        ------
        KeyError
            When none has that name.
        """
        keys = {written: key for key, (_, written, _) in self._homes.items()}
        return self[keys[name]]


CHECKS = Catalogue(HOMES)
"""Every check by its YAML key, in reading order."""
