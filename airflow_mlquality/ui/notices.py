"""Small pages that say why there is no report, and the links from one try to another."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from typing import TYPE_CHECKING, Any

from airflow_mlquality.operators.asking import OPTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_STYLE = (
    "html{color-scheme:light dark}"
    "body{font:16px/1.5 system-ui,sans-serif;max-width:38rem;margin:18vh auto 0;padding:0 1.5rem}"
    "h1{font-size:1.25rem}p{opacity:.8}"
)
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

NOTICE_POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"
"""The content security policy of a notice."""


def notice(title: str, *paragraphs: str) -> str:
    """Return a page of a few sentences."""
    text = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>{text}</body></html>"
    )


def with_tries(page: str, tries: Iterable[int], shown: int) -> str:
    """Return a report's page with links to the reports of the other tries, when there are any.

    >>> print(with_tries("<body><h1>FAIL</h1>", [1, 2], 2))
    <body><nav class="tries" aria-label="Tries">Try <a href="?try=1">1</a> · <b>2</b></nav><h1>FAIL</h1>
    >>> with_tries("<body>", [1], 1)
    '<body>'
    """
    tries = list(tries)
    if len(tries) < 2:  # noqa: PLR2004  one try needs no choice
        return page
    links = " · ".join(f"<b>{each}</b>" if each == shown else f'<a href="?try={each}">{each}</a>' for each in tries)
    head, body, rest = page.partition("<body")
    attributes, end, content = rest.partition(">")
    return f'{head}{body}{attributes}{end}<nav class="tries" aria-label="Tries">Try {links}</nav>{content}'


def with_answer(page: str, answer: Mapping[str, Any] | None) -> str:
    """Return a report's page that says who decided, when somebody was asked.

    >>> print(with_answer("<body><h1>FAIL</h1>", {"choice": "approve", "by": "<Ada>", "at": "2026-01-01T00:00:00"}))
    <body><p class="answer">Approve, by &lt;Ada&gt; at 2026-01-01T00:00:00</p><h1>FAIL</h1>
    """
    if not answer:
        return page
    label = OPTIONS.get(str(answer.get("choice")), "Answered")
    told = escape(f"{label}, by {answer.get('by', '')} at {str(answer.get('at', ''))[:19]}")
    head, body, rest = page.partition("<body")
    attributes, end, content = rest.partition(">")
    return f'{head}{body}{attributes}{end}<p class="answer">{told}</p>{content}'
