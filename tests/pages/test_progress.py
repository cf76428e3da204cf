from __future__ import annotations

import os
import pty
import select
import sys
from contextlib import contextmanager

import pytest

from airflow_mlquality.pages import progress
from airflow_mlquality.pages.progress import ProgressBar

QUIET_SECONDS = 0.3
"""A terminal passes on what it is given a moment later; when nothing came for so long, it was all."""


@contextmanager
def terminal_as_stderr(monkeypatch):
    """Make standard error a terminal; give a function that returns what was written to it."""
    reader, writer = pty.openpty()
    with os.fdopen(writer, "w") as stream, monkeypatch.context() as patch:
        patch.setenv("TERM", "xterm")
        patch.setattr(sys, "stderr", stream)

        def written():
            stream.flush()
            chunks = []
            while select.select([reader], [], [], QUIET_SECONDS)[0]:
                chunks.append(os.read(reader, 1 << 16))
            return b"".join(chunks).decode()

        yield written
    os.close(reader)


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(progress, "PATIENCE", 0.0)


def test_quick_work_shows_nothing(monkeypatch):
    with terminal_as_stderr(monkeypatch) as written, ProgressBar("measuring") as bar:
        bar(0.5)

        assert written() == ""


@pytest.mark.usefixtures("impatient")
def test_long_work_shows_a_bar_and_leaves_no_trace(monkeypatch):
    with terminal_as_stderr(monkeypatch) as written:
        with ProgressBar("measuring") as bar:
            bar(0.4)
            bar(7.0)

        shown = written()

    assert "measuring" in shown
    assert "100%" in shown
    assert shown.endswith("\x1b[2K")


@pytest.mark.usefixtures("impatient")
def test_a_bar_that_is_not_wanted_shows_nothing(monkeypatch):
    with terminal_as_stderr(monkeypatch) as written:
        with ProgressBar("measuring", is_wanted=False) as bar:
            bar(0.4)

        assert written() == ""


@pytest.mark.usefixtures("impatient")
def test_a_log_file_gets_no_bar(capsys):
    with ProgressBar("measuring") as bar:
        bar(0.4)

    assert capsys.readouterr().err == ""
