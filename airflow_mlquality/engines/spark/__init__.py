"""Spark: the facts are asked in Spark SQL of a session, classic or Connect."""

from __future__ import annotations
