"""Measuring that failed, was stopped or lost its engine."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from airflow_mlquality.errors.base import MLQualityError
from airflow_mlquality.errors.words import listed
from airflow_mlquality.redaction import without_values

_FAILED = "the engine could not measure this: "


class EngineError(MLQualityError):
    """A query failed."""

    @property
    def reason(self) -> str:
        """Why, in the engine's own words."""
        return str(self).removeprefix(_FAILED)

    @classmethod
    def query_failed(cls, message: str) -> EngineError:
        """`message` is the engine's own, cleaned of values."""
        return cls(f"{_FAILED}{without_values(message)}")

    @classmethod
    def no_records(cls) -> EngineError:
        """JSON whose values have no names."""
        return cls(f"{_FAILED}not all of its records are JSON objects")

    @classmethod
    def incomplete_profile(cls, source: str, failures: Mapping[str, str]) -> EngineError:
        """A profile that would lack facts: whoever is compared with it later would go on without evidence."""
        shown = "; ".join(f"{what}: {why}" for what, why in islice(failures.items(), 5))
        more = f" and {len(failures) - 5:,} more" if len(failures) > 5 else ""  # noqa: PLR2004  a line's worth
        return cls(f"profile of {source}: {len(failures):,} facts could not be measured: {shown}{more}")


class LostError(EngineError):
    """The engine is gone; no other query of this run will work either."""

    @classmethod
    def connection(cls, label: str, message: str) -> LostError:
        """The connection broke; `message` is the driver's own, cleaned of values."""
        return cls(f"source {label}: the connection was lost: {without_values(message)}")

    @classmethod
    def no_room(cls, folder: str, message: str) -> LostError:
        """The folder for what does not fit into memory is full."""
        return cls(
            f"no room left in {folder} for what does not fit into memory ({without_values(message)}). "
            "Free some, raise memory_limit, or set [mlquality] spill to a larger disk"
        )


class CancelledError(MLQualityError):
    """Somebody stopped the run; nothing is known of the rows, and nothing is decided."""

    @classmethod
    def asked(cls) -> CancelledError:
        """The task was killed, or its caller gave up."""
        return cls("measuring was stopped before its end: nothing is judged, nothing is decided")


class BrokenFilesError(LostError):
    """Files turned out to be broken while they were measured: what was measured so far is of no use."""

    @classmethod
    def found(cls, broken: Mapping[str, str]) -> BrokenFilesError:
        """`broken` says why, by file."""
        return cls(f"{len(broken):,} files turned out to be broken while they were read: {listed(broken)}")
