"""Keeping values of rows out of what people read: the form of a value instead of the value."""

from __future__ import annotations

import re

LONGEST = 24
_NOBODYS = frozenset({"nan", "inf", "-inf", "infinity", "-infinity"})


def masked(value: object) -> str:
    """Return the form of a value: digits as #, letters as x and X, anything else but punctuation as a dot.

    >>> masked("Ann-Lee 7"), masked("12.5 km"), masked(None), masked(-430), masked("nan")
    ("'Xxx-Xxx #'", "'##.# xx'", 'NULL', '-###', 'nan')
    """
    if value is None:
        return "NULL"
    text = str(value)
    if text.lower() in _NOBODYS:
        return text
    form = re.sub(r"[0-9]", "#", re.sub(r"[a-z]", "x", re.sub(r"[A-Z]", "X", text)))
    form = re.sub(r"[^ -~]", "·", form)
    if len(form) > LONGEST:
        form = f"{form[:LONGEST]}… ({len(text)} characters)"
    return form if isinstance(value, int | float) else f"'{form}'"


_ORIGINAL_LINE = re.compile(r"^\s*(Original Line|LINE \d+|\s*\^).*$", re.MULTILINE)
_QUOTED = (re.compile(r"'.*'", re.DOTALL), re.compile(r'".*"', re.DOTALL))
"""From the first quote to the last: what lies between may be a value that holds quotes itself."""
_NUMBER = re.compile(r"(?<![\w.])(?<!in line )-?\d[\d.,:eE+-]*")
_SECRET = (
    (re.compile(r"//[^/@\s]+@"), "//***@"),
    (re.compile(r"(?i)((?:sig|token|secret|password|key|credential|signature)[\w-]*=)[^&\s]+"), r"\1***"),
)
"""In an address that a message repeats."""
_CSV_LINE = re.compile(r"CSV Error on Line: (\d+)")
_FAULTS = (
    (re.compile(r"No magic bytes found"), "it is no Parquet file, or only the beginning of one"),
    (re.compile(r"too small to be a Parquet file"), "it is empty, or too small to be a Parquet file"),
    (re.compile(r"for bytes outside file"), "it is cut short: its footer points behind its end"),
    (re.compile(r"(?i)decompression fail|failed to decompress"), "its pages cannot be unpacked: they are damaged"),
    (re.compile(r"TProtocolException"), "it is damaged: what its footer points at is not there"),
    (re.compile(r"(?i)unexpected end of gzip stream"), "it is cut short"),
)
"""What is wrong with a file, in words that people understand."""
_CSV_FAULTS = (
    (re.compile(r"Expected Number of Columns: (\d+) Found: (\d+)"), "expected {0} values, found {1}"),
    (re.compile(r"unterminated quote"), "a quote is not closed, or text goes on behind it"),
    (re.compile(r"Invalid unicode"), "it is not of the encoding. Set csv.encoding, such as latin-1"),
    (re.compile(r"Maximum line size of (\d+)"), "it is longer than {0} bytes; a quote may not be closed"),
)
"""What is wrong with a line: its own words repeat the line, which may go on over many."""


def without_values(message: str) -> str:
    r"""Return an engine's message with quoted text, numbers and echoed lines taken out, on one line.

    Engines name the value that they could not convert or that overflowed; a log is no place for it.

    >>> without_values("Conversion Error: Could not convert string 'O'Neill' to INT64")
    'Conversion Error: Could not convert string … to INT64'
    >>> without_values("Out of Range Error: Overflow in multiplication of INT64 (1972 * 5)!")
    'Out of Range Error: Overflow in multiplication of INT64 (# * #)!'
    >>> without_values("CSV Error on Line: 3\nOriginal Line: 2,Bob,x\nExpected Number of Columns: 2 Found: 3")
    'line 3: expected 2 values, found 3'
    """
    line = _CSV_LINE.search(message)
    if line:
        return f"line {int(line[1]):,}: {_csv_fault(message)}"
    for fault, words in _FAULTS:
        if fault.search(message):
            return words
    for secret, veil in _SECRET:
        message = secret.sub(veil, message)
    cleaned = _ORIGINAL_LINE.sub("", message)
    for quoted in _QUOTED:
        cleaned = quoted.sub("…", cleaned)
    return re.sub(r"\s+", " ", _NUMBER.sub("#", cleaned)).strip()[:400]


def _csv_fault(message: str) -> str:
    for form, words in _CSV_FAULTS:
        if found := form.search(message):
            return words.format(*found.groups())
    return "it cannot be read"
