"""How the standard of SQL writes what a translation needs; an engine's class says what it writes otherwise.

Each module adds to the one before: words, arithmetic, texts, patterns, times, aggregates.
"""

from __future__ import annotations

from airflow_mlquality.engines.dialects.spelling.aggregates import Aggregates as Spelling
from airflow_mlquality.engines.dialects.spelling.arithmetic import GREATEST

__all__ = ["GREATEST", "Spelling"]
