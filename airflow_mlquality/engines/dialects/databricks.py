"""Databricks SQL."""

from __future__ import annotations

from typing import ClassVar

from airflow_mlquality.engines.dialects.spark import Spark


class Databricks(Spark):
    """Databricks, whose SQL is Spark's."""

    name: ClassVar[str] = "databricks"
    title: ClassVar[str] = "Databricks"
