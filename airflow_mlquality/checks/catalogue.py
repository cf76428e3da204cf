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
    "type": ("schema.types", "Type", "column"),
    "nullable": ("schema.nullable", "Nullable", "column"),
    "required_columns": ("schema.declared", "RequiredColumns", "schema"),
    "extra_columns": ("schema.declared", "ExtraColumns", "schema"),
    "schema_stable": ("schema.change", "SchemaStable", "schema"),
    "absent_columns": ("schema.absent", "AbsentColumns", "schema table"),
    # completeness
    "not_null": ("completeness.nulls", "NotNull", "column"),
    "null_share": ("completeness.nulls", "NullShare", "column"),
    "sentinels": ("completeness.sentinels", "Sentinels", "column"),
    "filled_share": ("completeness.filled", "FilledShare", "rows table"),
    "required_when": ("completeness.filled", "RequiredWhen", "column"),
    # values
    "between": ("values.bounds", "Between", "column"),
    "accepted_values": ("values.bounds", "AcceptedValues", "column"),
    "matches": ("values.texts", "Matches", "column"),
    "length": ("values.texts", "Length", "column"),
    "format": ("values.formats", "Format", "column"),
    "increasing": ("values.sequences", "Increasing", "column"),
    "step": ("values.grids", "Step", "column"),
    "precision": ("values.grids", "Precision", "column"),
    "no_personal_data": ("values.personal_data", "NoPersonalData", "column table"),
    "k_anonymity": ("values.anonymity", "KAnonymity", "table rows"),
    # uniqueness
    "unique": ("uniqueness.unique", "Unique", "column rows table"),
    "duplicate_rows": ("uniqueness.duplicates", "DuplicateRows", "table rows"),
    "near_duplicates": ("uniqueness.duplicates", "NearDuplicates", "column rows table"),
    # relations
    "rule": ("relations.rules", "Rule", "rows"),
    "relationships": ("relations.rules", "Relationships", "column"),
    "determines": ("relations.dependencies", "Determines", "rows"),
    "impossible_together": ("relations.combinations", "ImpossibleTogether", "rows"),
    "combinations_known": ("relations.combinations", "CombinationsKnown", "rows"),
    "sums_to": ("relations.sums", "SumsTo", "rows"),
    "conservation": ("relations.conservation", "Conservation", "table"),
    "reconciled": ("relations.reconciliation", "Reconciled", "table"),
    "no_overlap": ("relations.overlap", "NoOverlap", "column table rows"),
    # volume
    "row_count": ("volume.row_count", "RowCount", "table"),
    "kpi": ("volume.kpi", "Kpi", "table"),
    # time
    "freshness": ("time.freshness", "Freshness", "table column"),
    "available_within": ("time.availability", "AvailableWithin", "column"),
    "cadence": ("time.cadence", "Cadence", "table column"),
    "late_rows": ("time.lateness", "LateRows", "rows"),
    "in_partition": ("time.lateness", "InPartition", "table"),
    "restatement": ("time.restatement", "Restatement", "table"),
    "no_gaps": ("time.gaps", "NoGaps", "table column"),
    # labels
    "conflicting_labels": ("labels.conflicts", "ConflictingLabels", "labels"),
    "missing_share": ("labels.declared", "MissingShare", "labels"),
    "allowed": ("labels.declared", "Allowed", "labels"),
    "prior": ("labels.prior", "Prior", "labels"),
    "class_rows": ("labels.class_rows", "ClassRows", "labels"),
    "new_classes": ("labels.class_rows", "NewClasses", "labels"),
    "label_maturity": ("labels.maturity", "LabelMaturity", "labels"),
    "proxy_agreement": ("labels.agreement", "ProxyAgreement", "labels"),
    "annotators": ("labels.annotators", "Annotators", "labels"),
    "label_noise": ("labels.noise", "LabelNoise", "labels"),
    "label_shift": ("labels.shift", "LabelShift", "labels"),
    "leakage": ("labels.leakage", "Leakage", "labels"),
    "known_before_label": ("labels.known_before_label", "KnownBeforeLabel", "labels"),
    # drift
    "correlation_stable": ("drift.correlation", "CorrelationStable", "table"),
    "outlier_share": ("drift.outliers", "OutlierShare", "column"),
    "drift": ("drift.columns", "Drift", "drift"),
    "text_drift": ("drift.texts", "TextDrift", "column"),
    "embedding_drift": ("drift.embeddings", "EmbeddingDrift", "column"),
    "domain_classifier": ("drift.classifier", "DomainClassifier", "drift"),
    "dependence_stable": ("drift.dependence", "DependenceStable", "drift"),
    "fidelity": ("drift.fidelity", "Fidelity", "drift"),
    # meaning
    "scale_stable": ("meaning.scale", "ScaleStable", "column"),
    "on_scale": ("meaning.scale_rows", "OnScale", "column"),
    "date_meaning": ("meaning.dates", "DateMeaning", "column"),
    "vocabulary": ("meaning.vocabulary", "Vocabulary", "column"),
    "default_spike": ("meaning.spikes", "DefaultSpike", "column"),
    "swapped_columns": ("meaning.swaps", "SwappedColumns", "table"),
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
