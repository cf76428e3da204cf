"""Any database: the facts are asked in its SQL through a DB-API connection, and the rows stay where they are."""

from __future__ import annotations
