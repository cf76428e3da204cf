"""The commands that take and merge profiles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from airflow_mlquality.cli.arguments import add_measuring, settings, store
from airflow_mlquality.cli.output import emit, note

if TYPE_CHECKING:
    import argparse

    from airflow_mlquality.profile import Profile


def add_profile(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `profile`."""
    parser.add_argument("source", metavar="SOURCE", help="path, glob or URL of the rows")
    parser.add_argument(
        "--contract", metavar="C", help="contract that types a text source; what its checks need is taken"
    )
    parser.add_argument("--like", metavar="P", help="profile, or its name in the store, on whose bins to count")
    parser.add_argument("--bins-only", action="store_true", help="take bins from a sample and count nothing")
    parser.add_argument("--part", metavar="NAME", default="", help="name of the part of a larger whole that it is")
    _add_keeping(parser)
    add_measuring(parser)
    parser.set_defaults(run=_profile, parser=parser)


def add_merge(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `merge`."""
    parser.add_argument("profiles", metavar="PROFILE", nargs="+", help="profile of a part: a file, or its address")
    _add_keeping(parser)
    parser.set_defaults(run=_merge, parser=parser)


def _add_keeping(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", metavar="NAME", help="name under which the store keeps it")
    parser.add_argument("--store", metavar="S", help="folder or URL where it is kept")
    parser.add_argument("-o", "--output", metavar="FILE", help="write to a file instead of standard output")
    parser.add_argument("--quiet", action="store_true", help="no progress and no notes on standard error")


def _profile(arguments: argparse.Namespace) -> int:
    from airflow_mlquality.audit import take_profile
    from airflow_mlquality.pages.progress import ProgressBar

    if arguments.name and not arguments.store:
        arguments.parser.error(_TOGETHER)
    if arguments.store and not (arguments.name or arguments.like):
        arguments.parser.error(_TOGETHER)
    with ProgressBar("measuring", is_wanted=not arguments.quiet) as bar:
        profile = take_profile(
            arguments.source,
            contract=Path(arguments.contract) if arguments.contract else None,
            partition=dict(arguments.partition) or None,
            like=arguments.like,
            bins_only=arguments.bins_only,
            part=arguments.part,
            store=store(arguments.store),
            settings=settings(arguments),
            on_progress=bar,
        )
    return _kept(profile, arguments)


def _merge(arguments: argparse.Namespace) -> int:
    from airflow_mlquality.errors import StoreError
    from airflow_mlquality.profile import changes, merge_all
    from airflow_mlquality.references import find_profile

    if arguments.name and not arguments.store:
        arguments.parser.error(_TOGETHER)
    kept = store(arguments.store)

    def read(address: str) -> Profile:
        profile = find_profile(address, kept)
        if profile is None:
            raise StoreError.no_profile(address)
        return profile

    merged = merge_all(map(read, arguments.profiles))
    for told in {**changes(merged.parts), **{why: why for why in merged.failures.values()}}.values():
        note(f"left open: {told}", arguments)
    return _kept(merged, arguments)


_TOGETHER = "--name and --store go together: a profile is kept under a name"


def _kept(profile: Profile, arguments: argparse.Namespace) -> int:
    """Keep a profile under a name, write it to a file, or print it."""
    where = store(arguments.store)
    if where and arguments.name:
        location = where.location(where.write_profile(arguments.name, profile))
        note(f"profile: {location}", arguments)
    if arguments.output or not arguments.name:
        emit(profile.dumps(), arguments.output)
    return 0
