"""Reading CSV: the dialect is told from the header alone, so that a ragged line is an error and never a guess."""

from __future__ import annotations

import csv
from collections import Counter
from typing import TYPE_CHECKING

from airflow_mlquality.errors import SourceError
from airflow_mlquality.measurements import sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.contract import CsvOptions
    from airflow_mlquality.engines.duckdb import Connection

DELIMITERS = ",;\t|"
_NEVER = "\x01"

Header = tuple[str, tuple[str, ...]]
"""The delimiter and the column names of a file."""


def csv_readers(connection: Connection, paths: Sequence[str], options: CsvOptions, label: str) -> list[str]:
    """Return calls of `read_csv` without their closing bracket, one per header that the files have.

    Every column is read as text. Files of the same header are read by one call; the columns of different headers
    are matched by name by whoever joins them.

    Raises
    ------
    SourceError
        When a file cannot be opened, all are empty, or two columns of a header have the same name.
    """
    by_header: dict[Header, list[str]] = {}
    for path in paths:
        by_header.setdefault(_header(connection, path, options, label), []).append(path)
    readers = [_reader(header, files, options) for header, files in by_header.items() if header[1]]
    if not readers:
        raise SourceError.empty_text(label)
    return readers


def csv_readers_by_file(
    connection: Connection, paths: Sequence[str], options: CsvOptions, label: str
) -> dict[str, str]:
    """Return one call of `read_csv` per file, as `csv_readers` does; an empty file has none."""
    headers = {path: _header(connection, path, options, label) for path in paths}
    return {path: _reader(header, [path], options) for path, header in headers.items() if header[1]}


def _header(connection: Connection, path: str, options: CsvOptions, label: str) -> Header:
    """Return the delimiter and the column names of a file; no names when it is empty."""
    lines = connection.run(
        f"SELECT line FROM read_csv({_text(path)}, auto_detect = false, header = false, delim = {_text(_NEVER)}, "
        f"quote = '', escape = '', columns = {{'line': 'VARCHAR'}}{_encoding(options)}) LIMIT 1",
        label,
    )
    line = (lines[0][0] or "").removeprefix("\ufeff").rstrip("\r") if lines else ""
    if not line:
        return options.delimiter or ",", ()
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


def _reader(header: Header, paths: Sequence[str], options: CsvOptions) -> str:
    delimiter, names = header
    columns = ", ".join(f"{_text(name)}: 'VARCHAR'" for name in names)
    return (
        f"read_csv([{', '.join(_text(path) for path in paths)}], auto_detect = false, "
        f"header = {str(options.header is not False).lower()}, delim = {_text(delimiter)}, "
        f"quote = '\"', escape = '\"', "
        f"columns = {{{columns}}}, nullstr = [{', '.join(_text(null) for null in options.null)}]{_encoding(options)}"
    )


def _encoding(options: CsvOptions) -> str:
    return f", encoding = {_text(options.encoding)}" if options.encoding else ""


def _text(value: str) -> str:
    return sql.text(sql.literal(value))
