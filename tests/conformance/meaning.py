"""What the operators and functions of a rule mean, in Python; the columns of a row are plain Python values.

NULL is None. Whatever is asked of NULL is NULL, unless the function says otherwise.
"""

from __future__ import annotations

import math
import re
from contextvars import ContextVar
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


HAS_NAN: ContextVar[bool] = ContextVar("HAS_NAN", default=True)
"""An engine without NaN gives NULL for what has no result."""


def null_safe(function: Callable[..., T]) -> Callable[..., T | None]:
    """Return a function that gives None where one of its arguments is None."""

    @wraps(function)
    def wrapped(*arguments: Any) -> T | None:
        result = None if any(each is None for each in arguments) else function(*arguments)
        is_nan = isinstance(result, float) and math.isnan(result)
        return None if is_nan and not HAS_NAN.get() else result

    return wrapped


# ---- comparing: a total order in which NaN comes last ----


def _placed(value: Any) -> Any:
    if isinstance(value, bool | str | datetime | timedelta | time):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001  a time without zone
    if isinstance(value, float) and math.isnan(value):
        return (1, 0.0)
    return (0, value)


@null_safe
def eq(left: Any, right: Any) -> bool:
    return bool(_placed(left) == _placed(right))


@null_safe
def lt(left: Any, right: Any) -> bool:
    return bool(_placed(left) < _placed(right))


def ne(left: Any, right: Any) -> bool | None:
    return not_(eq(left, right))


def gt(left: Any, right: Any) -> bool | None:
    return lt(right, left)


def le(left: Any, right: Any) -> bool | None:
    return not_(lt(right, left))


def ge(left: Any, right: Any) -> bool | None:
    return not_(lt(left, right))


def same(left: Any, right: Any) -> bool:
    """``IS NOT DISTINCT FROM``."""
    return left is right if left is None or right is None else bool(eq(left, right))


def between(value: Any, low: Any, high: Any) -> bool | None:
    return and_(ge(value, low), le(value, high))


def in_(value: Any, *options: Any) -> bool | None:
    return or_(*(eq(value, option) for option in options))


# ---- logic with three values ----


def not_(value: bool | None) -> bool | None:
    return None if value is None else not value


def and_(*values: bool | None) -> bool | None:
    return False if False in values else None if None in values else True


def or_(*values: bool | None) -> bool | None:
    return True if True in values else None if None in values else False


# ---- numbers ----


@null_safe
def divide(left: Any, right: Any) -> float | None:
    """``/``: of doubles; NULL where the divisor is 0."""
    left, right = float(left), float(right)
    return None if right == 0 else left / right


@null_safe
def whole_divide(left: int, right: int) -> int | None:
    """``//`` of whole numbers: cut towards zero; NULL where the divisor is 0."""
    if right == 0:
        return None
    return abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)


@null_safe
def modulo(left: Any, right: Any) -> Any:
    """``%``: of the sign of the dividend; NULL where the divisor is 0."""
    if right == 0:
        return None
    if isinstance(left, float) or isinstance(right, float):
        return math.nan if math.isinf(left) or math.isnan(left) or math.isnan(right) else math.fmod(left, right)
    return abs(left) % abs(right) * (1 if left >= 0 else -1)


@null_safe
def rounded(number: Any, digits: int = 0) -> Any:
    """Round half away from zero."""
    if isinstance(number, float) and not math.isfinite(number):
        return number
    if isinstance(number, float):
        size, scale = abs(number), 10.0**digits
        return number if size > 1e15 else math.copysign(math.floor(size * scale + 0.5) / scale, number)
    return Decimal(number).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


@null_safe
def as_integer(number: Any) -> int:
    """Cast to a whole number: the nearest; of a double the even one where two are, of a decimal the one away from 0."""
    way = ROUND_HALF_EVEN if isinstance(number, float) else ROUND_HALF_UP
    return int(Decimal(number).quantize(Decimal(1), way))


def of_doubles(function: Callable[[float], float], defined: Callable[[float], bool]) -> Callable[[Any], float | None]:
    """Return a function of doubles, NULL where it is not defined."""

    def wrapped(number: Any) -> float | None:
        if number is None:
            return None
        number = float(number)
        if math.isnan(number):
            return number
        return function(number) if defined(number) else None

    return wrapped


square_root = of_doubles(math.sqrt, lambda number: number >= 0)
logarithm = of_doubles(lambda x: x if math.isinf(x) else math.log(x), lambda number: number > 0)
logarithm_10 = of_doubles(lambda x: x if math.isinf(x) else math.log10(x), lambda number: number > 0)
logarithm_2 = of_doubles(lambda x: x if math.isinf(x) else math.log2(x), lambda number: number > 0)


@null_safe
def floor(number: Any) -> Any:
    return math.floor(number) if not isinstance(number, float) or math.isfinite(number) else number


@null_safe
def ceil(number: Any) -> Any:
    return math.ceil(number) if not isinstance(number, float) or math.isfinite(number) else number


@null_safe
def sign(number: Any) -> int:
    return 0 if number != number else (number > 0) - (number < 0)  # noqa: PLR0124  NaN


@null_safe
def is_nan(number: float) -> bool:
    return math.isnan(number)


@null_safe
def is_inf(number: float) -> bool:
    return math.isinf(number)


@null_safe
def is_finite(number: float) -> bool:
    return math.isfinite(number)


def greatest(*values: Any) -> Any:
    """The greatest of those that are not NULL."""
    found = None
    for value in values:
        found = value if found is None or (value is not None and gt(value, found)) else found
    return found


def least(*values: Any) -> Any:
    """The least of those that are not NULL."""
    found = None
    for value in values:
        found = value if found is None or (value is not None and lt(value, found)) else found
    return found


def coalesce(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def nullif(left: Any, right: Any) -> Any:
    return None if eq(left, right) else left


# ---- text ----


def concat(*values: str | None) -> str:
    """``concat`` leaves NULL out; ``||`` does not."""
    return "".join(value or "" for value in values)


@null_safe
def like(text: str, pattern: str, escape: str = "", flags: int = 0) -> bool:
    """No character escapes, unless one is named."""
    form, at = "", 0
    while at < len(pattern):
        if escape and pattern[at] == escape:
            form, at = form + re.escape(pattern[at + 1]), at + 2
            continue
        form += {"%": ".*", "_": "."}.get(pattern[at], re.escape(pattern[at]))
        at += 1
    return re.fullmatch(form, text, re.DOTALL | flags) is not None


def ilike(text: str | None, pattern: str | None) -> bool | None:
    return like(text, pattern, "", re.IGNORECASE)


@null_safe
def matches(text: str, pattern: str) -> bool:
    """RE2: classes such as ``\\d`` are ASCII's, a dot is no new line, ``$`` is the end of the text."""
    return re.search(pattern.replace("$", r"\Z"), text, re.ASCII) is not None


@null_safe
def full_match(text: str, pattern: str) -> bool:
    return re.fullmatch(pattern, text, re.ASCII) is not None


@null_safe
def substring(text: str, start: int, length: int | None = None) -> str:
    """From the first character being 1; a negative start counts from the end; places before the first are empty."""
    begin = start - 1 if start > 0 else len(text) + start if start < 0 else -1
    end = len(text) if length is None else begin + length
    return text[max(begin, 0) : max(end, 0)]


@null_safe
def replace(text: str, old: str, new: str) -> str:
    return text.replace(old, new) if old else text


lower, upper, length = null_safe(str.lower), null_safe(str.upper), null_safe(len)
starts_with, ends_with = null_safe(str.startswith), null_safe(str.endswith)
contains = null_safe(lambda text, part: part in text)
trim, ltrim, rtrim = (null_safe(lambda text, f=f: f(text, " ")) for f in (str.strip, str.lstrip, str.rstrip))
join = null_safe(lambda left, right: left + right)
add = null_safe(lambda left, right: left + right)
subtract = null_safe(lambda left, right: left - right)
multiply = null_safe(lambda left, right: left * right)
