"""One class per check: what it asks for, and how it judges. A class is imported when it is first used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_mlquality.checks.base import Check, Facts
from airflow_mlquality.checks.catalogue import CHECKS
from airflow_mlquality.checks.estimates import Estimate, EstimatedCheck
from airflow_mlquality.checks.judging import judge
from airflow_mlquality.checks.policy import Action, Policy, UndecidedPolicy

if TYPE_CHECKING:
    from airflow_mlquality.checks.absent import AbsentColumns
    from airflow_mlquality.checks.agreement import ProxyAgreement
    from airflow_mlquality.checks.annotators import Annotators
    from airflow_mlquality.checks.anonymity import KAnonymity
    from airflow_mlquality.checks.availability import AvailableWithin
    from airflow_mlquality.checks.cadence import Cadence
    from airflow_mlquality.checks.class_rows import ClassRows, NewClasses
    from airflow_mlquality.checks.combinations import CombinationsKnown, ImpossibleTogether
    from airflow_mlquality.checks.completeness import NotNull, NullShare
    from airflow_mlquality.checks.conflicts import ConflictingLabels
    from airflow_mlquality.checks.conservation import Conservation
    from airflow_mlquality.checks.correlation import CorrelationStable
    from airflow_mlquality.checks.dates import DateMeaning
    from airflow_mlquality.checks.dependence import DependenceStable
    from airflow_mlquality.checks.dependencies import Determines
    from airflow_mlquality.checks.drift import Drift
    from airflow_mlquality.checks.duplicates import DuplicateRows, NearDuplicates
    from airflow_mlquality.checks.embedding_drift import EmbeddingDrift
    from airflow_mlquality.checks.formats import Format
    from airflow_mlquality.checks.gaps import NoGaps
    from airflow_mlquality.checks.grids import Precision, Step
    from airflow_mlquality.checks.known_before_label import KnownBeforeLabel
    from airflow_mlquality.checks.kpi import Kpi
    from airflow_mlquality.checks.label_noise import LabelNoise
    from airflow_mlquality.checks.label_shift import LabelShift
    from airflow_mlquality.checks.labels import Allowed, MissingShare
    from airflow_mlquality.checks.lateness import InPartition, LateRows
    from airflow_mlquality.checks.leakage import Leakage
    from airflow_mlquality.checks.maturity import LabelMaturity
    from airflow_mlquality.checks.missing import FilledShare, RequiredWhen
    from airflow_mlquality.checks.outliers import OutlierShare
    from airflow_mlquality.checks.overlap import NoOverlap
    from airflow_mlquality.checks.prior import Prior
    from airflow_mlquality.checks.privacy import NoPersonalData
    from airflow_mlquality.checks.reconciliation import Reconciled
    from airflow_mlquality.checks.relations import Relationships, Rule
    from airflow_mlquality.checks.restatement import Restatement
    from airflow_mlquality.checks.scale import ScaleStable
    from airflow_mlquality.checks.scale_rows import OnScale
    from airflow_mlquality.checks.schema import ExtraColumns, RequiredColumns, Type
    from airflow_mlquality.checks.schema_change import SchemaStable
    from airflow_mlquality.checks.sentinels import Sentinels
    from airflow_mlquality.checks.sequences import Increasing
    from airflow_mlquality.checks.spikes import DefaultSpike
    from airflow_mlquality.checks.sums import SumsTo
    from airflow_mlquality.checks.swaps import SwappedColumns
    from airflow_mlquality.checks.text_drift import TextDrift
    from airflow_mlquality.checks.time import Freshness
    from airflow_mlquality.checks.uniqueness import Unique
    from airflow_mlquality.checks.values import AcceptedValues, Between, Length, Matches
    from airflow_mlquality.checks.vocabulary import Vocabulary
    from airflow_mlquality.checks.volume import RowCount

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
    "Drift",
    "DuplicateRows",
    "EmbeddingDrift",
    "Estimate",
    "EstimatedCheck",
    "ExtraColumns",
    "Facts",
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
