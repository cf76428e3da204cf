"""The embedded engine: DuckDB in this process, over files and objects in memory."""

from __future__ import annotations
