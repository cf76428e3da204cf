"""How each engine's SQL says what the measurements ask: one class per dialect, one portable meaning."""

from __future__ import annotations
