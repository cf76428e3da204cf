"""The parent of every exception."""

from __future__ import annotations


class MLQualityError(Exception):
    """Parent of all exceptions of the package."""
