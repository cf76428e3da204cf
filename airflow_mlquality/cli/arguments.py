"""Arguments that several commands take, and what is made of them."""

from __future__ import annotations

import argparse
import re
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from airflow_mlquality.engines.settings import Settings
    from airflow_mlquality.store import Store

USAGE = 64


class Parser(argparse.ArgumentParser):
    """A parser whose usage errors exit with 64, as sysexits.h has it."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and exit."""
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}\n")


def add_measuring(parser: argparse.ArgumentParser) -> None:
    """Add what to measure, and with how much of the machine."""
    parser.add_argument(
        "--partition", metavar="COL=VALUE", action="append", type=pair, default=[],
        help="look only at rows with this value; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--memory-limit", metavar="SIZE", type=size, help="such as 2GB; beyond it the engine spills to disk"
    )
    parser.add_argument("--threads", metavar="N", type=positive, help="how many threads measure")
    parser.add_argument("--spill", metavar="FOLDER", help="where to put what does not fit into memory")


def pair(text: str) -> tuple[str, str]:
    """Return the name and the value of an assignment."""
    name, sign, value = text.partition("=")
    if not sign or not name:
        msg = f"{text!r} is not of the form NAME=VALUE"
        raise argparse.ArgumentTypeError(msg)
    return name, value


def moment(text: str) -> datetime:
    """Return a moment with its time zone, UTC where none is named."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        msg = f"{text!r} is no ISO 8601 time, such as 2026-11-21T06:00:00+00:00"
        raise argparse.ArgumentTypeError(msg) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def size(text: str) -> str:
    """Return a size of memory."""
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?\s*[KMGT]i?B", text, re.IGNORECASE):
        msg = f"{text!r} is no size of memory, such as 2GB"
        raise argparse.ArgumentTypeError(msg)
    return text


def positive(text: str) -> int:
    """Return a number of at least one."""
    if not text.isdecimal() or int(text) < 1:
        msg = f"{text!r} is no whole number of at least 1"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def store(root: str | None) -> Store | None:
    """Return the store in a folder or at a URL; None for none."""
    if root is None:
        return None
    from airflow_mlquality.store import Store

    if "://" not in root:
        return Store(root)
    from upath import UPath

    return Store(UPath(root))


def settings(arguments: argparse.Namespace) -> Settings:
    """Return how much of the machine measuring may take."""
    from airflow_mlquality.engines.settings import Settings

    return Settings.of(arguments.memory_limit, arguments.threads, arguments.spill)
