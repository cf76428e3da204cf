"""Reading CSV: the dialect is told from the header alone, so that a ragged line is an error and never a guess."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_mlquality.errors import SourceError
from airflow_mlquality.measurements import sql

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow_mlquality.contract import CsvOptions
    from airflow_mlquality.engines.embedded.connection import Embedded

DELIMITERS = ",;\t|"
_NEVER = "\x01"

Header = tuple[str, tuple[str, ...]]
"""The delimiter and the column names of a file."""


def csv_headers(engine: Embedded, paths: Sequence[str], options: CsvOptions, label: str) -> dict[str, Header]:
    """Return the headers of files, by path; an empty file is left out.

    Raises
    ------
    SourceError
        When a file cannot be opened, all are empty, or two columns of a header have the same name.
    """
    headers = {}
    for path in paths:
        line = _first_line(engine, path, options, label).removeprefix("\ufeff").rstrip("\r\n")
        if line:
            headers[path] = _header(line, options, label)
    if not headers:
        raise SourceError.empty_text(label)
    return headers


def csv_readers(headers: Mapping[str, Header], options: CsvOptions) -> list[str]:
    """Return calls of `read_csv` without their closing bracket, one per header that the files have.

    Every column is read as text. Whoever joins files of different headers matches their columns by name.
    """
    by_header: dict[Header, list[str]] = {}
    for path, header in headers.items():
        by_header.setdefault(header, []).append(path)
    return [csv_reader(header, paths, options) for header, paths in by_header.items()]


def csv_reader(header: Header, paths: Sequence[str], options: CsvOptions) -> str:
    """Return the call of `read_csv` for files of one header, without its closing bracket."""
    delimiter, names = header
    columns = ", ".join(f"{_text(name)}: 'VARCHAR'" for name in names)
    return (
        f"read_csv([{', '.join(_text(path) for path in paths)}], auto_detect = false, "
        f"header = {str(options.header is not False).lower()}, delim = {_text(delimiter)}, "
        f"quote = '\"', escape = '\"', columns = {{{columns}}}, "
        f"nullstr = [{', '.join(_text(null) for null in options.null)}]{_encoding(options)}"
    )


def _first_line(engine: Embedded, path: str, options: CsvOptions, label: str) -> str:
    """Return the first line of a file; the engine opens what is not plain or gzipped and on this machine."""
    if Path(path).is_file() and not path.endswith(".zst"):
        opened = gzip.open if path.endswith(".gz") else open
        try:
            with opened(path, "rt", encoding=options.encoding or "utf-8", newline="\n") as file:
                return str(file.readline())
        except (OSError, EOFError, UnicodeError, LookupError) as broken:
            raise SourceError.unreadable(label, f"{type(broken).__name__} in the header of {path}") from None
    lines = engine.run(
        f"SELECT line FROM read_csv({_text(path)}, auto_detect = false, header = false, delim = {_text(_NEVER)}, "
        f"quote = '', escape = '', columns = {{'line': 'VARCHAR'}}{_encoding(options)}) LIMIT 1",
        label,
    )
    return (lines[0][0] or "") if lines else ""


def _header(line: str, options: CsvOptions, label: str) -> Header:
    delimiter = options.delimiter or _likely_delimiter(line)
    names = next(csv.reader([line], delimiter=delimiter))
    if options.header is False:
        return delimiter, tuple(f"column{position}" for position in range(len(names)))
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise SourceError.repeated_column(label, repeated[0])
    return delimiter, tuple(names)


def _likely_delimiter(header: str) -> str:
    return max(DELIMITERS, key=lambda delimiter: len(next(csv.reader([header], delimiter=delimiter))))


def _encoding(options: CsvOptions) -> str:
    return f", encoding = {_text(options.encoding)}" if options.encoding else ""


def _text(value: str) -> str:
    return sql.text(sql.literal(value))
