"""From checks to facts: the plan, the engines that carry it out, and the sources that they read."""

from __future__ import annotations
