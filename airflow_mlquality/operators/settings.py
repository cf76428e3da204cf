"""What a deployment sets: where reports and profiles are kept, and how much a gate may use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow_mlquality.engines.settings import Settings
    from airflow_mlquality.store import Store

SECTION = "mlquality"


def store_from_config(store: object = None) -> Store:
    """Return the store that a task uses.

    Parameters
    ----------
    store
        A folder, a URL, or a path object; None or nothing for ``[mlquality] store``, which is the folder `mlquality`
        under AIRFLOW_HOME unless it is set.
    """
    from airflow_mlquality.store import Store

    if store is None or isinstance(store, str):
        return Store(_root(store or _option("store")))
    return store if isinstance(store, Store) else Store(store)


def engine_settings(memory_limit: str | None = None, threads: int | None = None, spill: str | None = None) -> Settings:
    """Return how much the engine may use; what is not given is taken from the configuration, then from the machine."""
    from airflow_mlquality.engines.settings import Settings

    configured = _option("threads")
    return Settings.of(
        memory_limit or _option("memory_limit"),
        threads or (int(configured) if configured else None),
        spill or _option("spill"),
    )


def base_path() -> str:
    """Return the path under which Airflow's pages lie, without a slash at its end; usually nothing."""
    from urllib.parse import urlsplit

    return urlsplit(base_url()).path.rstrip("/")


def base_url() -> str:
    """Return where people reach Airflow, without a slash at its end; nothing when nobody configured it."""
    from airflow.configuration import conf

    return (conf.get("api", "base_url", fallback="") or "").rstrip("/")


def _root(store: str) -> object:
    if not store:
        from airflow.configuration import AIRFLOW_HOME

        return Path(AIRFLOW_HOME) / SECTION
    if "://" not in store:
        return Path(store).expanduser()
    from airflow.sdk import ObjectStoragePath

    return ObjectStoragePath(store, conn_id=_option("store_conn_id") or None)


def _option(name: str) -> str:
    from airflow.configuration import conf

    return str(conf.get(SECTION, name, fallback="") or "").strip()
