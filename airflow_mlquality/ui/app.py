"""The pages: each needs a login, and the right to read the DAG that it is about."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from airflow.api_fastapi.core_api.security import get_user
from fastapi import Depends, FastAPI, Request  # noqa: TID253  imported only when a page is asked for
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response  # noqa: TID253  as above
from starlette.exceptions import HTTPException

from airflow_mlquality.errors import StoreError
from airflow_mlquality.operators.asking import answer_about, approval_folder
from airflow_mlquality.operators.settings import store_from_config
from airflow_mlquality.pages.html import content_security_policy, report_page
from airflow_mlquality.ui.access import DagReader, login_url
from airflow_mlquality.ui.notices import NOTICE_POLICY, notice, with_answer, with_tries

if TYPE_CHECKING:
    from airflow_mlquality.store import Store

log = logging.getLogger(__name__)

app = FastAPI(title="ML Quality", docs_url=None, redoc_url=None, openapi_url=None, dependencies=[Depends(get_user)])

_UNAUTHENTICATED = 401
_TITLES = {401: "Please log in", 403: "Not allowed", 404: "Not found"}
_TEXTS = {
    401: "This page needs a login to Airflow. Log in, then open it again.",
    403: "There is no such DAG, or you may not read what its tasks produced (the right to read its XComs).",
    404: "There is no such page.",
}


@app.get("/runs/{dag_id}/{task_id}/{run_id}/{map_index}/report")
def report(request: Request, dag_id: str, task_id: str, run_id: str, map_index: str, _: DagReader) -> Response:
    """Return the page of a task instance's report: of its latest try, or of the one asked for."""
    store = store_from_config()
    tries = _tries(store, dag_id, task_id, run_id, _map_index(map_index))
    if not tries:
        return _page(
            404,
            notice(
                "No quality report",
                "This task has not written one: it is no quality gate, it has not ended yet, or it failed before it "
                "could measure. Its log tells more.",
                f"Reports are looked for in {store.root}. Where workers and API servers do not share that folder, set "
                "[mlquality] store to object storage.",
            ),
        )
    asked = request.query_params.get("try", "")
    shown = int(asked) if asked.isdecimal() and int(asked) in tries else max(tries)
    try:
        page = report_page(store.read_report(tries[shown]))
    except (StoreError, ValueError, KeyError, TypeError):  # gone meanwhile, or written by another version
        log.exception("Cannot read the report at %s", tries[shown])
        text = f"The report of try {shown} cannot be read. The log of the API server tells more."
        return _page(404, with_tries(notice("Unreadable report", text), sorted(tries), shown))
    answer = answer_about(store, approval_folder(dag_id, task_id, run_id, _map_index(map_index)), tries[shown])
    return _page(200, with_tries(with_answer(page, answer), sorted(tries), shown), content_security_policy())


@app.exception_handler(HTTPException)
def refusal(request: Request, error: HTTPException) -> Response:
    """Say no: by a login page, by a notice, or as JSON, as the client understands."""
    status = error.status_code
    if "text/html" not in request.headers.get("accept", ""):
        return _guarded(JSONResponse({"detail": error.detail}, status, headers=error.headers), NOTICE_POLICY)
    if status == _UNAUTHENTICATED and request.headers.get("sec-fetch-dest") == "document":
        return RedirectResponse(login_url(request), 302)
    return _page(status, notice(_TITLES.get(status, "Sorry"), _TEXTS.get(status, str(error.detail))))


def _tries(store: Store, dag_id: str, task_id: str, run_id: str, map_index: int) -> dict[int, str]:
    addresses = store.report_addresses(dag_id, task_id, run_id, map_index)
    return {int(address.rsplit("/", 1)[1].partition("-")[0]): address for address in addresses}


def _map_index(text: str) -> int:
    # the tab of a task instance that is not mapped leaves the placeholder {MAP_INDEX} as it is
    return int(text) if text.removeprefix("-").isdecimal() else -1


def _page(status: int, content: str, policy: str = NOTICE_POLICY) -> Response:
    return _guarded(HTMLResponse(content, status), policy)


def _guarded(response: Response, policy: str) -> Response:
    response.headers["Content-Security-Policy"] = f"{policy}; frame-ancestors 'self'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
    return response
