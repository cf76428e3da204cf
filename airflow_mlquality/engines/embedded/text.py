"""Reading CSV: the dialect is told from the header alone, so that a ragged line is an error and never a guess."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_mlquality.engines.embedded.faults import may_be_a_file
from airflow_mlquality.engines.embedded.parts import MOST_LOCATED, Part, described, numbered, probe_of
from airflow_mlquality.errors import EngineError, SourceError, cut
from airflow_mlquality.measurements import sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.contract import CsvOptions
    from airflow_mlquality.engines.embedded.connection import Embedded
    from airflow_mlquality.engines.embedded.files import Files
    from airflow_mlquality.engines.embedded.hive import Hive

DELIMITERS = ",;\t|"
_NEVER = "\x01"
LONGEST_HEADER = 1 << 24
"""Characters of a first line; a file without line ends is no reason to take it whole into memory."""

Header = tuple[str, tuple[str, ...]]
"""The delimiter and the column names of a file."""


def csv_parts(engine: Embedded, files: Files, hive: Hive, options: CsvOptions) -> tuple[list[Part], dict[str, str]]:
    """Return the parts of CSV files, one per header that they have, and the files without a readable one, and why.

    Every column is read as text.
    """
    alike: dict[tuple[Header, tuple[str, ...]], list[str]] = {}
    broken = {}
    for path in files.paths:
        try:
            header = _header(_first_line(engine, files, path, options), options)
        except NoHeaderError as none:
            broken[path] = str(none)
        else:
            alike.setdefault((header, hive.names(path)), []).append(path)
    return [_part(engine, header, tuple(paths), hive, options) for (header, _), paths in alike.items()], broken


class NoHeaderError(ValueError):
    """A CSV file does not begin as one; the message completes its name."""


def _part(engine: Embedded, header: Header, paths: tuple[str, ...], hive: Hive, options: CsvOptions) -> Part:
    keys = hive.names(paths[0])

    def rows(of: Sequence[str]) -> str:
        return f"SELECT * FROM {_reader(header, of, options)}{hive.clause(keys)})"

    return Part(
        paths,
        described(engine, rows(paths)),
        rows(paths),
        " UNION ALL BY NAME ".join(numbered(rows([path]), path) for path in paths[:MOST_LOCATED]),
        probe_of(engine, rows),
        text=frozenset(header[1]) - frozenset(keys),
        keys=frozenset(keys),
    )


def _reader(header: Header, paths: Sequence[str], options: CsvOptions) -> str:
    """Return the call of `read_csv` for files of one header, without its closing bracket."""
    delimiter, names = header
    columns = ", ".join(f"{_text(name)}: 'VARCHAR'" for name in names)
    return (
        f"read_csv([{', '.join(_text(path) for path in paths)}], auto_detect = false, "
        f"header = {str(options.header is not False).lower()}, delim = {_text(delimiter)}, "
        f"quote = '\"', escape = '\"', columns = {{{columns}}}, "
        f"nullstr = [{', '.join(_text(null) for null in options.null)}]{_encoding(options)}"
    )


def _first_line(engine: Embedded, files: Files, path: str, options: CsvOptions) -> str:
    """Return the first line of a file; the engine opens what is not plain or gzipped and on this machine."""
    if files.filesystem is None and not path.endswith(".zst"):
        line = _local_line(files, path, options)
    else:
        line = _line_by_engine(engine, files, path, options)
    line = line.removeprefix("\ufeff").rstrip("\r\n")
    if not line:
        msg = "it is empty, without even a header. See whether its writer finished"
        raise NoHeaderError(msg)
    return line


def _local_line(files: Files, path: str, options: CsvOptions) -> str:
    encoding = options.encoding or "utf-8"
    is_wide = encoding.lower().startswith(("utf-16", "utf-32"))  # a line end is more than one byte
    try:
        with _opened(path, encoding if is_wide else None) as file:
            line = file.readline(LONGEST_HEADER)
            text = line if is_wide else line.decode(encoding)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        msg = "it is no gzip file, or a damaged one"
        raise NoHeaderError(msg) from None
    except UnicodeError:
        msg = f"line 1: it is not {encoding}. Set csv.encoding, such as latin-1"
        raise NoHeaderError(msg) from None
    except LookupError:
        raise SourceError.unknown_encoding(files.label, encoding) from None
    except OSError as unreachable:
        raise SourceError.unreadable(files.label, f"{type(unreachable).__name__} of {files.named(path)}") from None
    if not path.endswith(".gz") and not is_wide:
        _without_nul(path)
    return str(text)


def _opened(path: str, encoding: str | None) -> Any:
    opened = gzip.open if path.endswith(".gz") else open
    return opened(path, "rt", encoding=encoding, newline="\n") if encoding else opened(path, "rb")


def _without_nul(path: str) -> None:
    """See that a text holds no NUL byte; a file that was cut off by a crash is often filled up with them.

    The engine would take it for a character of a value.
    """
    lines = 1
    with Path(path).open("rb") as file:
        while chunk := file.read(1 << 20):
            at = chunk.find(b"\0")
            if at >= 0:
                line = lines + chunk.count(b"\n", 0, at)
                msg = f"line {line:,} holds a NUL byte. See whether its writer finished"
                raise NoHeaderError(msg)
            lines += chunk.count(b"\n")


def _line_by_engine(engine: Embedded, files: Files, path: str, options: CsvOptions) -> str:
    statement = (
        f"SELECT line FROM read_csv({_text(path)}, auto_detect = false, header = false, delim = {_text(_NEVER)}, "
        f"quote = '', escape = '', columns = {{'line': 'VARCHAR'}}{_encoding(options)}) LIMIT 1"
    )
    try:
        lines = engine.run(statement)
    except EngineError as failed:
        if not may_be_a_file(failed):
            raise
        files.read_through(path)
        raise NoHeaderError(failed.reason) from None
    return (lines[0][0] or "") if lines else ""


def _header(line: str, options: CsvOptions) -> Header:
    delimiter = options.delimiter or _likely_delimiter(line)
    names = next(csv.reader([line], delimiter=delimiter))
    if options.header is False:
        return delimiter, tuple(f"column{position}" for position in range(len(names)))
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        msg = f"its header names the column '{cut(repeated[0])}' more than once"
        raise NoHeaderError(msg)
    return delimiter, tuple(names)


def _likely_delimiter(header: str) -> str:
    return max(DELIMITERS, key=lambda delimiter: len(next(csv.reader([header], delimiter=delimiter))))


def _encoding(options: CsvOptions) -> str:
    return f", encoding = {_text(options.encoding)}" if options.encoding else ""


def _text(value: str) -> str:
    return sql.text(sql.literal(value))
