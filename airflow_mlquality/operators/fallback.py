"""The fallback: which of several models serves, by what gates found and by the models' own health."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk import BaseOperator

from airflow_mlquality.fallback.conditions import Candidate, Condition
from airflow_mlquality.operators.applying import Applying

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from airflow.sdk import Context

    from airflow_mlquality.fallback import Choice, Evidence, Health
    from airflow_mlquality.operators.evidence import Reports
    from airflow_mlquality.operators.targets import Target

__all__ = ["CHOICE_KEY", "Candidate", "Condition", "ModelFallbackOperator"]

CHOICE_KEY = "model_choice"
"""XCom key under which the choice is left."""


class ModelFallbackOperator(BaseOperator):
    """Choose the first model that can be trusted, such as champion, previous champion, baseline; and let it serve.

    A candidate is trusted when every condition on the verdicts of gates holds, and its health is good. A report that
    is missing or cannot be read is no evidence, and a candidate that needs it is not trusted. When the one that serves
    cannot be trusted any more, the best behind it takes its place at once; a better one comes back after it could be
    trusted in `back_after` runs in a row, counted by the moments of the data. So end with a candidate without
    conditions.

    What happens on each decision
    -----------------------------
    - a candidate can be trusted: the choice is recorded, then applied where models are served, and the task succeeds.
      Where it is so already, nothing is sent.
    - none can: the task fails, without a retry; what serves stays as it is.
    - the choice is about an earlier moment than the newest one, as in a backfill or a rerun: it is recorded and left
      as XCom, and what serves stays as it is, unless `apply_backfills` is set. Of two runs at once the newest moment
      wins.
    - the store or the target cannot be reached: the task fails and is retried; it then does what was left to do.
    - the target refuses the choice: the task fails, without a retry; the record stays `intended`.
    - a registry cannot tell whether a candidate is ready: the same while retries are left; then the candidate is not
      trusted.

    The trigger rule is by default `all_done`, for gates may fail. A gate upstream that short-circuits must leave this
    task out: ``on_fail="skip_direct"`` with a task in between does, ``on_fail="skip"`` skips everything downstream.
    A task that is mapped with ``partial().expand()`` takes the trigger rule that it is given.

    Parameters
    ----------
    candidates
        The best first.
    gates
        Whose verdicts count: ids of tasks upstream, or what they returned, or addresses of reports. All instances of a
        mapped gate count; in a mapped task group only the instance beside this one.
    target
        Where the choice is applied: `MlflowAlias`, `HttpEndpoint`, `AirflowVariable`; None leaves it to tasks
        downstream, which read the XCom.
    name
        Of what is chosen, under which choices are remembered; by default ``DAG.TASK``. Each instance of a mapped task
        has its own, with its map index: ``name[0]``.
    back_after
        How many good runs in a row a better candidate needs before it serves again.
    apply_backfills
        Whether a choice about an earlier moment is applied too.
    dry_run
        Choose and record apart, apply nothing.
    as_of
        The moment that the choice is about; by default that of the run's data.
    store
        Where reports and choices are kept; by default ``[mlquality] store``.
    **kwargs
        See Airflow's `BaseOperator`.

    Notes
    -----
    Templated: `gates`, `target` (what it names), `name`, `as_of`, `store`, and the candidates' `ref` (as `refs`).

    XCom, as return value and under `model_choice`: ``{"name", "ref", "reason", "before", "at", "state", "choice",
    "candidates"}``; `state` is `applied`, `withheld` or `dry`, `choice` the address of the record. `name` is what
    this moment's data should be scored with, also where it was not applied.
    """

    template_fields: Sequence[str] = ("gates", "refs", "target", "name", "as_of", "store")
    template_fields_renderers: ClassVar[dict[str, str]] = {"gates": "json", "refs": "json"}
    ui_color = "#f0ece0"

    def __init__(  # noqa: PLR0913  each is one independent, named option
        self,
        *,
        candidates: Sequence[Candidate],
        gates: Sequence[Any] = (),
        target: Target | None = None,
        name: str = "",
        back_after: int = 1,
        apply_backfills: bool = False,
        dry_run: bool = False,
        as_of: datetime | str | None = None,
        store: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**{"trigger_rule": "all_done", **kwargs})
        self.candidates = list(candidates)
        self.refs = [candidate.ref for candidate in self.candidates]
        self.gates = list(gates)
        self.target = copy.copy(target)
        self.name = name
        self.back_after = back_after
        self.apply_backfills = apply_backfills
        self.is_dry_run = dry_run
        self.as_of = as_of
        self.store = store
        wrong = _first_wrong(self.candidates, self.gates, back_after)
        if wrong:
            raise ValueError(wrong)

    def render_template_fields(self, context: Context, jinja_env: Any = None) -> None:
        """Render, without changing the target of other runs in this process."""
        self.target = copy.copy(self.target)
        super().render_template_fields(context, jinja_env)

    def execute(self, context: Context) -> dict[str, Any]:
        """Look, choose, record, apply."""
        from airflow_mlquality.errors import StoreError
        from airflow_mlquality.operators.endings import InfrastructureError

        try:
            return self._chosen(context)
        except StoreError as away:
            raise InfrastructureError(str(away)) from None

    def _chosen(self, context: Context) -> dict[str, Any]:
        from airflow_mlquality.fallback import choose
        from airflow_mlquality.operators.endings import DataFailure
        from airflow_mlquality.operators.evidence import Reports
        from airflow_mlquality.operators.settings import store_from_config

        store = store_from_config(self.store)
        applying = Applying(self, context, store)
        reports = Reports.of(self.gates, context, store)
        candidates, evidence = self._evidence(context, reports)
        memory = applying.choices.memory(applying.at, self.back_after)
        choice = choose(candidates, evidence, memory, back_after=self.back_after)
        self._tell(choice)
        record, address = applying.recorded(choice, reports.addresses)
        if record.serves:
            record, address = applying.applied(record)
        elif choice.name:
            self.log.info("Not applied: %s", record.why_withheld)
        left = {**_summary(choice), "at": record.at, "state": record.state, "choice": address}
        if self.do_xcom_push:
            context["ti"].xcom_push(key=CHOICE_KEY, value=left)
        if not choice.name:
            raise DataFailure(_none_trusted(applying.name, choice))
        return left

    def _evidence(self, context: Context, reports: Reports) -> tuple[list[Candidate], Evidence]:
        """Return the candidates with what stands for them now, and what is known of them."""
        from dataclasses import replace

        from airflow_mlquality.fallback import Evidence, Health
        from airflow_mlquality.operators.targets import UnservableError

        health: dict[str, Health] = {}
        known: list[Candidate] = []
        evidence = Evidence(reports=reports.by_gate, missing=reports.missing)
        for given, ref in zip(self.candidates, self.refs, strict=True):
            candidate = replace(given, ref=ref)
            if not candidate.unmet(evidence):  # what the verdicts do not trust is not asked for
                try:
                    resolved = self.target.resolved(ref) if self.target else ref
                except UnservableError as nothing:
                    health[given.name] = Health(is_good=False, why=str(nothing))
                else:
                    if given.health is not None:
                        health[given.name] = self._health(context, candidate)
                    candidate = replace(candidate, ref=resolved)
            known.append(candidate)
        return known, replace(evidence, health=health)

    def _health(self, context: Context, candidate: Candidate) -> Health:
        from airflow_mlquality.fallback import Health
        from airflow_mlquality.hooks.web import NoAnswerError

        try:
            health: Health = candidate.health.of(candidate.ref)
        except NoAnswerError as unknown:
            ti: Any = context["ti"]
            if ti.try_number <= ti.max_tries:
                raise
            return Health(is_good=False, why=f"its health is not known: {unknown}")
        return health

    def _tell(self, choice: Choice) -> None:
        level = self.log.warning if choice.is_switch or not choice.name else self.log.info
        level("Choice: %s: %s", choice.name or "none", choice.reason)
        for each in choice.assessments:
            found = "can be trusted" if each.is_trusted else f"cannot be trusted: {each.why_not}"
            self.log.info("%s %s", each.name, found)


def _summary(choice: Choice) -> dict[str, Any]:
    return {
        "name": choice.name,
        "ref": choice.ref,
        "reason": choice.reason[:1_000],
        "before": choice.before,
        "candidates": [{"name": each.name, "why_not": each.why_not[:500]} for each in choice.assessments],
    }


def _none_trusted(name: str, choice: Choice) -> str:
    why = "\n".join(f"{each.name}: {each.why_not}" for each in choice.assessments)
    return (
        f"{name}: no candidate can be trusted, and what serves stays as it is.\n{why}\nMend what they name, or put a "
        "candidate without conditions at the end, such as a baseline or people"
    )


def _first_wrong(candidates: Sequence[Candidate], gates: Sequence[Any], back_after: int) -> str:
    """Return what is wrong with the arguments, or nothing."""
    from airflow_mlquality.errors import did_you_mean

    names = [candidate.name for candidate in candidates]
    if not names or len(set(names)) < len(names) or not all(names):
        return f"candidates={names}: give at least one, each with a name of its own"
    if back_after < 1:
        return f"back_after={back_after}: takes a whole number from 1 on"
    for candidate in candidates:
        for condition in candidate.conditions():
            if not gates:
                return f"candidate '{candidate.name}' has a condition, and there are no gates. Name them as gates="
            unknown = _unknown(condition.gates, gates)
            if unknown:
                known = ", ".join(map(str, gates))
                hint = did_you_mean(unknown, map(str, gates))
                return f"candidate '{candidate.name}': '{unknown}' is not among the gates {known}.{hint}"
    return ""


def _unknown(wanted: Sequence[str], gates: Sequence[Any]) -> str:
    """Return the first gate that is not given, where all are given by ids of tasks; others have no name yet."""
    by_id = all(isinstance(gate, str) and not {"/", "{"} & set(gate) for gate in gates)
    return next((gate for gate in wanted if by_id and gate not in gates), "")
