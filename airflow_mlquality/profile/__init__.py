"""The measured facts of one stage at one moment, and how those of parts make those of the whole."""

from __future__ import annotations

from airflow_mlquality.profile.facts import FORMAT, FactMissingError, NoColumn, Profile
from airflow_mlquality.profile.merging import merge_all
from airflow_mlquality.profile.parts import Part, changes, part_name, several

__all__ = ["FORMAT", "FactMissingError", "NoColumn", "Part", "Profile", "changes", "merge_all", "part_name", "several"]
