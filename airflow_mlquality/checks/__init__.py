"""One class per check: what it asks for, and how it judges."""

from __future__ import annotations

from airflow_mlquality.checks.base import Check, Facts
from airflow_mlquality.checks.completeness import NotNull, NullShare
from airflow_mlquality.checks.drift import Drift
from airflow_mlquality.checks.estimates import Estimate, EstimatedCheck
from airflow_mlquality.checks.judging import judge
from airflow_mlquality.checks.labels import Allowed, MissingShare, Prior
from airflow_mlquality.checks.policy import Action, Policy, UndecidedPolicy
from airflow_mlquality.checks.relations import Relationships, Rule
from airflow_mlquality.checks.schema import ExtraColumns, RequiredColumns, Type
from airflow_mlquality.checks.time import Freshness
from airflow_mlquality.checks.uniqueness import Unique
from airflow_mlquality.checks.values import AcceptedValues, Between, Length, Matches
from airflow_mlquality.checks.volume import RowCount

CHECKS: dict[str, type[Check]] = {
    check.name(): check
    for check in (
        Type,
        RequiredColumns,
        ExtraColumns,
        NotNull,
        NullShare,
        Between,
        AcceptedValues,
        Matches,
        Length,
        Unique,
        Rule,
        Relationships,
        RowCount,
        Freshness,
        MissingShare,
        Allowed,
        Prior,
        Drift,
    )
}
"""Every check by its YAML key, in reading order."""

__all__ = [
    "CHECKS",
    "AcceptedValues",
    "Action",
    "Allowed",
    "Between",
    "Check",
    "Drift",
    "Estimate",
    "EstimatedCheck",
    "ExtraColumns",
    "Facts",
    "Freshness",
    "Length",
    "Matches",
    "MissingShare",
    "NotNull",
    "NullShare",
    "Policy",
    "Prior",
    "Relationships",
    "RequiredColumns",
    "RowCount",
    "Rule",
    "Type",
    "UndecidedPolicy",
    "Unique",
    "judge",
]
