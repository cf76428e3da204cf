"""Writing SVG: elements whose text and attributes are escaped, numbers that stay short, ticks at round places."""

from __future__ import annotations

import math

from markupsafe import Markup, escape

from airflow_mlquality.pages.words import printable


def element(name: str, *children: str, **attributes: object) -> Markup:
    """Return an element. Text is escaped, `Markup` is not; an underscore in an attribute's name is a hyphen.

    >>> print(element("text", "a<b", text_anchor="end", class_="tick", x=2.04))
    <text text-anchor="end" class="tick" x="2">a&lt;b</text>
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_attribute(value))}"' for key, value in attributes.items()
    )
    inside = "".join(escape(child if isinstance(child, Markup) else printable(child, "\n")) for child in children)
    return Markup(f"<{name}{written}>{inside}</{name}>")  # noqa: S704  every part was escaped above


def picture(width: float, height: float, label: str, *children: str, class_: str = "chart") -> Markup:
    """Return an SVG document with a name for those who do not see it."""
    view = f"0 0 {short(width)} {short(height)}"
    return element(
        "svg", *children, class_=class_, viewBox=view, width=width, height=height, role="img", aria_label=label
    )


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    """Return a line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def box(x: float, y: float, width: float, height: float, class_: str, radius: float = 0) -> Markup:
    """Return a rectangle that is never smaller than nothing."""
    rounded = {"rx": radius} if radius else {}
    return element("rect", x=x, y=y, width=max(width, 0.0), height=max(height, 0.0), class_=class_, **rounded)


def joined(parts: list[Markup]) -> Markup:
    """Return elements one after another."""
    return Markup("").join(parts)


def short(number: float) -> str:
    """Return a coordinate with one decimal at most.

    >>> short(3.0), short(3.14159), short(-0.01)
    ('3', '3.1', '0')
    """
    text = f"{number:.1f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _attribute(value: object) -> str:
    return short(value) if isinstance(value, float) else printable(str(value))


def ticks(low: float, high: float, number: int = 4) -> list[float]:
    """Return at most `number` + 1 round places between two numbers.

    >>> ticks(0, 97)
    [0.0, 25.0, 50.0, 75.0]
    """
    span = high - low
    if not span > 0 or not math.isfinite(span):
        return [low]
    step = 10.0 ** math.floor(math.log10(span / number))
    step *= next((factor for factor in (1, 2, 2.5, 5) if span / (step * factor) <= number), 10)
    first = math.ceil(low / step)
    count = math.floor(high / step + 1e-9) - first + 1
    return [round((first + index) * step, 12) + 0.0 for index in range(count)]


def tick_text(number: float) -> str:
    """Return a number for an axis.

    >>> tick_text(1500), tick_text(2_000_000), tick_text(0.25)
    ('1,500', '2M', '0.25')
    """
    for size, suffix in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(number) >= size:
            divisor = 1e3 if suffix == "k" else size
            return f"{number / divisor:,.4g}{suffix}"
    return f"{number:,.6g}"
