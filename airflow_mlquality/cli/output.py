"""What goes to standard output, and what is said beside it."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse

    from airflow_mlquality.report import Report

_SUFFIXES = {".html": "html", ".htm": "html", ".json": "json", ".xml": "junit"}


def render(report: Report, arguments: argparse.Namespace) -> None:
    """Print a report, or write it to a file, in the form that was asked for."""
    form = arguments.format or _SUFFIXES.get(Path(arguments.output or "").suffix.lower(), "table")
    emit(rendered(report, form, to_terminal=not arguments.output), arguments.output)
    if arguments.output and not getattr(arguments, "quiet", False):
        say(report.headline())


def rendered(report: Report, form: str, *, to_terminal: bool) -> str:
    """Return a report in a form."""
    if form == "json":
        return report.dumps()
    if form == "html":
        from airflow_mlquality.pages.html import report_page

        return report_page(report)
    if form == "junit":
        from airflow_mlquality.pages.junit import report_junit

        return report_junit(report)
    from airflow_mlquality.pages.table import WIDTH, report_table

    if not (to_terminal and sys.stdout.isatty()):
        return report_table(report)
    width = shutil.get_terminal_size((WIDTH, 0)).columns
    return report_table(report, width=width, color="NO_COLOR" not in os.environ)


def emit(text: str, output: str | None) -> None:
    """Print a text, or write it to a file."""
    if output:
        Path(output).write_text(f"{text}\n", encoding="utf-8")
        return
    try:
        write(sys.stdout, text)
        sys.stdout.flush()
    except BrokenPipeError:  # such as `mlquality check … | head`: the reader has seen enough
        drop_output()


def drop_output() -> None:
    """Send what is still buffered nowhere, so that the interpreter does not complain while it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def note(text: str, arguments: argparse.Namespace) -> None:
    """Say something beside the output, unless quiet was asked for."""
    if not arguments.quiet:
        say(text)


def say(text: str) -> None:
    """Write a line to standard error."""
    from airflow_mlquality.pages.words import printable

    write(sys.stderr, printable(text, "\n"))


def write(stream: Any, text: str) -> None:
    """Write a line; what the encoding of the stream lacks is written out."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
