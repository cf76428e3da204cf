"""Statistics: arrays in, numbers out; they know no check."""

from __future__ import annotations
