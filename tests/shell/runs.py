"""Running a DAG in a real Airflow, in this process, and asking what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any


@dataclass(frozen=True)
class Run:
    """One finished run of a DAG."""

    dag_id: str
    run_id: str
    states: dict[str, str]
    tries: dict[str, int]

    def xcom(self, task_id: str, key: str = "return_value", map_index: int = -1) -> Any:
        """Return what a task left; None when it left nothing."""
        from airflow.models.xcom import XComModel
        from airflow.utils.session import create_session

        with create_session() as session:
            query = XComModel.get_many(
                run_id=self.run_id, key=key, task_ids=task_id, dag_ids=self.dag_id, map_indexes=map_index
            )
            row = session.execute(query.with_only_columns(XComModel)).scalars().first()
            return XComModel.deserialize_value(row) if row else None

    def events(self) -> list[tuple[str, dict[str, Any]]]:
        """Return the asset events of this run: name and extra."""
        from airflow.models.asset import AssetEvent
        from airflow.utils.session import create_session
        from sqlalchemy import select

        with create_session() as session:
            found = session.scalars(select(AssetEvent).where(AssetEvent.source_run_id == self.run_id)).all()
            return [(event.asset.name, event.extra) for event in found if event.source_dag_id == self.dag_id]

    def rendered(self, task_id: str, map_index: int = -1) -> dict[str, Any]:
        """Return the templated fields as Airflow shows them."""
        from airflow.models.renderedtifields import RenderedTaskInstanceFields
        from airflow.utils.session import create_session
        from sqlalchemy import select

        table = RenderedTaskInstanceFields
        with create_session() as session:
            where = {"dag_id": self.dag_id, "run_id": self.run_id, "task_id": task_id, "map_index": map_index}
            return session.scalars(select(table).filter_by(**where)).one().rendered_fields


def sync(dag: Any, bundle: str = "testing") -> None:
    """Make a DAG known to the database, as the DAG processor would."""
    from airflow.models.dagbundle import DagBundleModel
    from airflow.models.serialized_dag import SerializedDagModel
    from airflow.serialization.definitions.dag import SerializedDAG
    from airflow.serialization.serialized_objects import LazyDeserializedDAG
    from airflow.utils.session import create_session

    with create_session() as session:
        if not session.get(DagBundleModel, bundle):
            session.add(DagBundleModel(name=bundle))
            session.flush()
        lazy = LazyDeserializedDAG.from_dag(dag)
        SerializedDAG.bulk_write_to_db(bundle, None, [lazy], session=session)
        SerializedDagModel.write_dag(lazy, bundle_name=bundle, session=session)


def run_dag(dag: Any, conf: dict[str, Any] | None = None, logical_date: datetime | None = None, **options: Any) -> Run:
    """Run a DAG to its end; what else `dag.test` takes may be given."""
    sync(dag)
    about = {} if logical_date is None else {"logical_date": logical_date}  # None given is a run about no moment
    dag_run = dag.test(run_conf=conf, **about, **options)
    instances = dag_run.get_task_instances()
    named = {f"{ti.task_id}[{ti.map_index}]" if ti.map_index >= 0 else ti.task_id: ti for ti in instances}
    return Run(
        dag_id=dag.dag_id,
        run_id=dag_run.run_id,
        states={name: str(ti.state) for name, ti in sorted(named.items())},
        tries={name: ti.try_number for name, ti in named.items()},
    )


def started_by(dag_run: Any, events: dict[str, list[dict[str, Any]]]) -> None:
    """Let a run have been started by asset events: of each asset, the extras of its events, one a second.

    To be called in a task of the run, in the process of `dag.test`.
    """

    from airflow.models.asset import AssetEvent, AssetModel
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        run = session.scalars(select(DagRun).filter_by(dag_id=dag_run.dag_id, run_id=dag_run.run_id)).one()
        for name, extras in events.items():
            asset = session.scalars(select(AssetModel).where(AssetModel.name == name)).one()
            for second, extra in enumerate(extras):
                moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
                event = AssetEvent(asset_id=asset.id, extra=extra, timestamp=moment)
                session.add(event)
                run.consumed_asset_events.append(event)
