"""One class per check: what it asks for, and how it judges. A class is imported when it is first used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_mlquality.checks.base import Check, Facts
from airflow_mlquality.checks.catalogue import CHECKS
from airflow_mlquality.checks.estimates import Estimate, EstimatedCheck
from airflow_mlquality.checks.judging import judge
from airflow_mlquality.checks.policy import Action, Policy, UndecidedPolicy

if TYPE_CHECKING:
    from airflow_mlquality.checks.completeness.filled import FilledShare, RequiredWhen
    from airflow_mlquality.checks.completeness.nulls import NotNull, NullShare
    from airflow_mlquality.checks.completeness.sentinels import Sentinels
    from airflow_mlquality.checks.drift.classifier import DomainClassifier
    from airflow_mlquality.checks.drift.columns import Drift
    from airflow_mlquality.checks.drift.correlation import CorrelationStable
    from airflow_mlquality.checks.drift.dependence import DependenceStable
    from airflow_mlquality.checks.drift.embeddings import EmbeddingDrift
    from airflow_mlquality.checks.drift.fidelity import Fidelity
    from airflow_mlquality.checks.drift.outliers import OutlierShare
    from airflow_mlquality.checks.drift.texts import TextDrift
    from airflow_mlquality.checks.labels.agreement import ProxyAgreement
    from airflow_mlquality.checks.labels.annotators import Annotators
    from airflow_mlquality.checks.labels.class_rows import ClassRows, NewClasses
    from airflow_mlquality.checks.labels.conflicts import ConflictingLabels
    from airflow_mlquality.checks.labels.declared import Allowed, MissingShare
    from airflow_mlquality.checks.labels.known_before_label import KnownBeforeLabel
    from airflow_mlquality.checks.labels.leakage import Leakage
    from airflow_mlquality.checks.labels.maturity import LabelMaturity
    from airflow_mlquality.checks.labels.noise import LabelNoise
    from airflow_mlquality.checks.labels.prior import Prior
    from airflow_mlquality.checks.labels.shift import LabelShift
    from airflow_mlquality.checks.meaning.dates import DateMeaning
    from airflow_mlquality.checks.meaning.scale import ScaleStable
    from airflow_mlquality.checks.meaning.scale_rows import OnScale
    from airflow_mlquality.checks.meaning.spikes import DefaultSpike
    from airflow_mlquality.checks.meaning.swaps import SwappedColumns
    from airflow_mlquality.checks.meaning.vocabulary import Vocabulary
    from airflow_mlquality.checks.relations.combinations import CombinationsKnown, ImpossibleTogether
    from airflow_mlquality.checks.relations.conservation import Conservation
    from airflow_mlquality.checks.relations.dependencies import Determines
    from airflow_mlquality.checks.relations.overlap import NoOverlap
    from airflow_mlquality.checks.relations.reconciliation import Reconciled
    from airflow_mlquality.checks.relations.rules import Relationships, Rule
    from airflow_mlquality.checks.relations.sums import SumsTo
    from airflow_mlquality.checks.schema.absent import AbsentColumns
    from airflow_mlquality.checks.schema.change import SchemaStable
    from airflow_mlquality.checks.schema.declared import ExtraColumns, RequiredColumns
    from airflow_mlquality.checks.schema.nullable import Nullable
    from airflow_mlquality.checks.schema.types import Type
    from airflow_mlquality.checks.time.availability import AvailableWithin
    from airflow_mlquality.checks.time.cadence import Cadence
    from airflow_mlquality.checks.time.freshness import Freshness
    from airflow_mlquality.checks.time.gaps import NoGaps
    from airflow_mlquality.checks.time.lateness import InPartition, LateRows
    from airflow_mlquality.checks.time.restatement import Restatement
    from airflow_mlquality.checks.uniqueness.duplicates import DuplicateRows, NearDuplicates
    from airflow_mlquality.checks.uniqueness.unique import Unique
    from airflow_mlquality.checks.values.anonymity import KAnonymity
    from airflow_mlquality.checks.values.bounds import AcceptedValues, Between
    from airflow_mlquality.checks.values.formats import Format
    from airflow_mlquality.checks.values.grids import Precision, Step
    from airflow_mlquality.checks.values.personal_data import NoPersonalData
    from airflow_mlquality.checks.values.sequences import Increasing
    from airflow_mlquality.checks.values.texts import Length, Matches
    from airflow_mlquality.checks.volume.kpi import Kpi
    from airflow_mlquality.checks.volume.row_count import RowCount

__all__ = [
    "CHECKS",
    "AbsentColumns",
    "AcceptedValues",
    "Action",
    "Allowed",
    "Annotators",
    "AvailableWithin",
    "Between",
    "Cadence",
    "Check",
    "ClassRows",
    "CombinationsKnown",
    "ConflictingLabels",
    "Conservation",
    "CorrelationStable",
    "DateMeaning",
    "DefaultSpike",
    "DependenceStable",
    "Determines",
    "DomainClassifier",
    "Drift",
    "DuplicateRows",
    "EmbeddingDrift",
    "Estimate",
    "EstimatedCheck",
    "ExtraColumns",
    "Facts",
    "Fidelity",
    "FilledShare",
    "Format",
    "Freshness",
    "ImpossibleTogether",
    "InPartition",
    "Increasing",
    "KAnonymity",
    "KnownBeforeLabel",
    "Kpi",
    "LabelMaturity",
    "LabelNoise",
    "LabelShift",
    "LateRows",
    "Leakage",
    "Length",
    "Matches",
    "MissingShare",
    "NearDuplicates",
    "NewClasses",
    "NoGaps",
    "NoOverlap",
    "NoPersonalData",
    "NotNull",
    "NullShare",
    "Nullable",
    "OnScale",
    "OutlierShare",
    "Policy",
    "Precision",
    "Prior",
    "ProxyAgreement",
    "Reconciled",
    "Relationships",
    "RequiredColumns",
    "RequiredWhen",
    "Restatement",
    "RowCount",
    "Rule",
    "ScaleStable",
    "SchemaStable",
    "Sentinels",
    "Step",
    "SumsTo",
    "SwappedColumns",
    "TextDrift",
    "Type",
    "UndecidedPolicy",
    "Unique",
    "Vocabulary",
    "judge",
]


def __getattr__(name: str) -> Any:
    try:
        return CHECKS.class_named(name)
    except KeyError:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg) from None


def __dir__() -> list[str]:
    return sorted(__all__)
