"""Telling people: one message when a gate's state changes, to a chat or any other receiver of JSON."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow_mlquality.notifications.webhook import QualityWebhookNotifier

__all__ = ["QualityWebhookNotifier"]


def __getattr__(name: str) -> object:
    """Import a class when it is first asked for."""
    if name not in __all__:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.webhook"), name)
