"""Reports, profiles and references that cannot be written or read."""

from __future__ import annotations

from airflow_mlquality.errors.base import MLQualityError


class UnusableReferenceError(MLQualityError):
    """What was given as reference is no profile and no source."""

    @classmethod
    def not_a_profile(cls, address: str, why: str) -> UnusableReferenceError:
        """A JSON document that is neither a profile nor a report."""
        return cls(f"reference {address}: not a profile or report ({why}). Take one with 'mlquality profile SOURCE'")


class StoreError(MLQualityError):
    """A report or profile cannot be written or read."""

    @classmethod
    def no_report(cls, address: str) -> StoreError:
        """No document lies at the address."""
        return cls(f"store: there is no report at {address}")

    @classmethod
    def unreachable(cls, root: str, why: str) -> StoreError:
        """The store is there or not, we cannot see."""
        return UnreachableStoreError(
            f"store {root} cannot be read ({why}). See that it is reachable and may be read, and run again"
        )

    @classmethod
    def damaged(cls, address: str, why: str) -> StoreError:
        """A document that is no report, or half of one."""
        return cls(f"store: {address} is damaged ({why}). Remove it, and run what wrote it again")

    @classmethod
    def no_profile(cls, address: str) -> StoreError:
        """Nothing that is a profile lies at the address, or under the name."""
        return cls(
            f"store: there is no profile at {address}. Take it first, with a ProfileOperator or 'mlquality profile'"
        )

    @classmethod
    def no_losses(cls, task: str, root: str) -> StoreError:
        """No run of a quarantine is known, or none of the moments that were asked for."""
        return cls(
            f"store: there is no run of a quarantine {task} in {root}, of the moments that were asked for. Check the "
            "names, as in DAG/TASK, and that its QuarantineOperator keeps to this store"
        )

    @classmethod
    def missing_parts(cls, name: str, missing: str, present: int) -> StoreError:
        """Parts of a whole were not measured; `missing` names or counts them."""
        return cls(
            f"profile '{name}': {missing} missing beside {present:,} that are there. Measure them, or name those that "
            "may be absent"
        )


class UnreachableStoreError(StoreError):
    """The store is there or not, we cannot see: what it holds is not known, and is not nothing."""
