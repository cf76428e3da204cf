"""Charts as inline SVG, drawn on the server: colours come from CSS classes alone, every number has a tooltip."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from airflow_mlquality.pages.evidence import Cell, Change, ClassShare, edge_texts
from airflow_mlquality.pages.histogram import Drawn, are_drawable, closed, drawn, drawn_range
from airflow_mlquality.pages.svg import box, element, joined, line, picture, short, tick_text, ticks
from airflow_mlquality.pages.words import allowed_text, observed_text, plain_number
from airflow_mlquality.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from markupsafe import Markup

    from airflow_mlquality.measurements import ShapeFact
    from airflow_mlquality.verdict import Level, Verdict

WIDTH, HEIGHT = 300, 132
TOP, FOOT, SIDE = 8, 20, 6
PLOT = HEIGHT - TOP - FOOT
MOST_CATEGORIES = 10
NARROW = 9
"""Width of a column beside the histogram: below, above, NULL, NaN."""

VISIBLE = 0.002
"""Share of rows that is worth a column beside the histogram."""


def change_chart(place: str, change: Change) -> Markup:
    """Return a column's shape then (grey) and now (outlined)."""
    return _histogram(place, change) if change.edges else _categories(place, change)


# ---- numbers ----


def _histogram(place: str, change: Change) -> Markup:
    edges, everything = closed(change.edges), (*change.bins, *change.others)
    rows = (sum(cell.reference for cell in everything), sum(cell.current for cell in everything))
    then = (0.0, *(cell.reference for cell in change.bins), 0.0)
    now = (0.0, *(cell.current for cell in change.bins), 0.0)
    span = drawn_range(edges, then, now)
    reference, current = drawn(edges, then, rows[0], span), drawn(edges, now, rows[1], span)
    left = [("<", f"below {plain_number(span[0])}", reference.below, current.below)]
    right = [(">", f"above {plain_number(span[1])}", reference.above, current.above)]
    right += [(cell.label, cell.label, cell.reference / rows[0], cell.current / rows[1]) for cell in change.others]
    left, right = ([each for each in side if max(each[2:]) >= VISIBLE] for side in (left, right))
    highest = max(*reference.columns, *current.columns, *(max(each[2:]) for each in (*left, *right)), 1e-9) * 1.06
    x0 = SIDE + len(left) * (2 * NARROW + 4)
    x1 = WIDTH - SIDE - sum(_beside_width(each[0]) for each in right)

    def across(value: float) -> float:
        return x0 + (min(max(value, span[0]), span[1]) - span[0]) / (span[1] - span[0]) * (x1 - x0)

    def height(share: float) -> float:
        return share / highest * PLOT

    parts = [
        element("path", d=_stairs(reference, across, height), class_="ref-area"),
        element("path", d=_stairs(current, across, height), class_="cur-area"),
        *_axis(_marks(change, span), across, x0, x1),
        *_hits(change, edges, rows, across),
    ]
    parts += [_beside(each, SIDE, 2 * NARROW + 4, height) for each in left]
    edge = x1
    for each in right:
        width = _beside_width(each[0])
        parts.append(_beside(each, edge, width, height))
        edge += width
    return picture(WIDTH, HEIGHT, f"{place}: shares of rows, reference against current", *parts)


def _beside_width(label: str) -> float:
    return max(2 * NARROW + 4, 6.2 * min(len(label), 6) + 4)


def _beside(each: tuple[str, str, float, float], x: float, width: float, height: Callable[[float], float]) -> Markup:
    label, name, then, now = each
    middle = x + width / 2
    return element(
        "g",
        element("title", f"{name}\nreference {then:.2%}\ncurrent {now:.2%}"),
        box(x, TOP, width, PLOT, "hit"),
        *_pair(middle, NARROW - 1, height(then), height(now)),
        element("text", _cut(label, 6), x=middle, y=HEIGHT - 6, text_anchor="middle", class_="tick"),
    )


def _pair(middle: float, width: float, then: float, now: float) -> list[Markup]:
    base = TOP + PLOT
    return [
        box(middle - width - 0.5, base - then, width, then, "ref-bar", 1.5),
        box(middle + 0.5, base - now, width, now, "cur-bar", 1.5),
    ]


def _stairs(shape: Drawn, across: Callable[[float], float], height: Callable[[float], float]) -> str:
    base = float(TOP + PLOT)
    steps = [f"M{short(across(shape.low))} {short(base)}"]
    for index, share in enumerate(shape.columns):
        right = across(shape.low + (index + 1) * shape.width)
        steps.append(f"V{short(base - height(share))}H{short(right)}")
    return "".join([*steps, f"V{short(base)}"])


def _axis(marks: list[tuple[float, str]], across: Callable[[float], float], x0: float, x1: float) -> list[Markup]:
    base = TOP + PLOT
    parts = [line(x0, base, x1, base, "axis")]
    for place, text in marks:
        x, half = across(place), 2.9 * len(text)
        anchor = "start" if x - half < x0 else "end" if x + half > x1 else "middle"
        parts.append(line(x, base, x, base + 3, "axis"))
        parts.append(element("text", text, x=x, y=HEIGHT - 6, text_anchor=anchor, class_="tick"))
    return parts


def _marks(change: Change, span: tuple[float, float]) -> list[tuple[float, str]]:
    """Return where the axis is marked: at round numbers between the edges, or at edges that are times."""
    texts = edge_texts(change)
    if not all(_TIME.fullmatch(text) for text in texts):
        ends = max(span[0], change.edges[0]), min(span[1], change.edges[-1])
        return [(place, tick_text(place)) for place in ticks(*ends)]
    marks = [mark for mark in zip(change.edges, texts, strict=True) if span[0] <= mark[0] <= span[1]]
    return [marks[0], marks[-1]] if len(marks) > 1 else marks


_TIME = re.compile(r"\d{2}:\d{2}(:\d{2})?|\d{4}-\d{2}-\d{2}( [\d:]+)?")


def _hits(
    change: Change, edges: Sequence[float], rows: tuple[float, float], across: Callable[[float], float]
) -> list[Markup]:
    parts = []
    for cell, (start, end) in zip(change.bins, pairwise(edges), strict=True):
        title = f"{cell.label}\nreference {cell.reference / rows[0]:.2%}\ncurrent {cell.current / rows[1]:.2%}"
        x, width = across(start), max(across(end) - across(start), 1.0)
        parts.append(element("rect", element("title", title), x=x, y=TOP, width=width, height=PLOT, class_="hit"))
    return parts


# ---- categories ----


def _categories(place: str, change: Change) -> Markup:
    rows = (sum(cell.reference for cell in change.bins) or 1, sum(cell.current for cell in change.bins) or 1)
    cells = _largest(change.bins, rows)
    highest = max(max(cell.reference, cell.current) for cell in cells) * 1.06 or 1
    step = (WIDTH - 2 * SIDE) / len(cells)
    width = min(16.0, step * 0.38)
    longest = max(int(step / 5.8), 1)
    parts = []
    for index, cell in enumerate(cells):
        middle = SIDE + step * (index + 0.5)
        name = f"{cell.label}\nreference {cell.reference:.2%}\ncurrent {cell.current:.2%}"
        parts.append(
            element(
                "g",
                element("title", name),
                box(middle - step / 2, TOP, step, PLOT, "hit"),
                *_pair(middle, width, cell.reference / highest * PLOT, cell.current / highest * PLOT),
                element("text", _cut(cell.label, longest), x=middle, y=HEIGHT - 6, text_anchor="middle", class_="tick"),
            )
        )
    parts.append(line(SIDE, TOP + PLOT, WIDTH - SIDE, TOP + PLOT, "axis"))
    return picture(WIDTH, HEIGHT, f"{place}: shares of rows, reference against current", *parts)


def _largest(cells: Sequence[Cell], rows: tuple[float, float]) -> list[Cell]:
    """Return the cells as shares, the small ones of many taken together."""
    shares = [Cell(cell.label, cell.reference / rows[0], cell.current / rows[1]) for cell in cells]
    if len(shares) <= MOST_CATEGORIES:
        return shares
    ranked = sorted(shares, key=lambda cell: -max(cell.reference, cell.current))
    kept, rest = ranked[: MOST_CATEGORIES - 1], ranked[MOST_CATEGORIES - 1 :]
    together = Cell(f"+{len(rest)}", sum(cell.reference for cell in rest), sum(cell.current for cell in rest))
    return [*kept, together]


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: max(longest - 1, 1)]}…"


# ---- one verdict ----


BAR_WIDTH, BAR_HEIGHT = 168, 20


def bound_bar(verdict: Verdict) -> Markup | None:
    """Return the observed number (dot), its interval (line) and what the levels forbid (tinted), or None."""
    if verdict.observed is None or (verdict.warn is None and verdict.fail is None):
        return None
    lowest, highest = _domain(verdict)

    def across(value: float) -> float:
        return 5 + (value - lowest) / (highest - lowest) * (BAR_WIDTH - 10)

    middle = BAR_HEIGHT / 2
    parts = [element("title", _bar_title(verdict)), box(0, middle - 3, BAR_WIDTH, 6, "track", 3)]
    for level, zone in ((verdict.warn, "warn-zone"), (verdict.fail, "fail-zone")):
        parts += _zones(level, zone, across)
    colour = f"s-{verdict.outcome.value}"
    if verdict.interval:
        left, right = (across(side) for side in verdict.interval)
        parts.append(line(left, middle, right, middle, f"whisker {colour}"))
        parts += [line(x, middle - 4, x, middle + 4, f"whisker {colour}") for x in (left, right)]
    parts.append(element("circle", cx=across(verdict.observed), cy=middle, r=4.5, class_=f"dot {colour}"))
    calm = " calm" if verdict.outcome is Outcome.PASS else ""
    return picture(BAR_WIDTH, BAR_HEIGHT, _bar_title(verdict), *parts, class_=f"chart bar{calm}")


def _bar_title(verdict: Verdict) -> str:
    said = [f"observed {observed_text(verdict)}"]
    if verdict.interval:
        said.append(f"interval {plain_number(verdict.interval[0])} to {plain_number(verdict.interval[1])}")
    said += [
        f"{name} unless {allowed_text(level)}"
        for name, level in (("warn", verdict.warn), ("fail", verdict.fail))
        if level is not None
    ]
    return "; ".join(said)


def _sides(level: Level | None) -> tuple[float | None, float | None]:
    return level if isinstance(level, tuple) else (None, level)


def _domain(verdict: Verdict) -> tuple[float, float]:
    bounds = [side for level in (verdict.warn, verdict.fail) for side in _sides(level) if side is not None]
    marks = [verdict.observed or 0.0, *(verdict.interval or ()), *bounds]
    is_range = any(None not in _sides(level) for level in (verdict.warn, verdict.fail) if level is not None)
    lowest, highest = min(marks), max(marks)
    if not is_range:
        lowest = min(lowest, 0.0)
    pad = (highest - lowest) * 0.14 or abs(highest) * 0.14 or 1.0
    is_share_near_one = verdict.unit == "share" and highest + pad > 1
    highest = 1.0 if is_share_near_one and highest <= 1 else highest + pad
    return (lowest - pad if is_range else lowest), highest


def _zones(level: Level | None, zone: str, across: Callable[[float], float]) -> list[Markup]:
    low, high = _sides(level)
    y, height = BAR_HEIGHT / 2 - 3, 6.0
    parts = []
    if low is not None:
        parts += [box(0, y, across(low), height, zone), line(across(low), y - 3, across(low), y + 9, "threshold")]
    if high is not None:
        x = across(high)
        parts += [box(x, y, BAR_WIDTH - x, height, zone), line(x, y - 3, x, y + 9, "threshold")]
    return parts


# ---- labels ----

_LABELS, _NUMBERS, _ROW = 88, 106, 32


def prior_chart(place: str, classes: Sequence[ClassShare], outcome: Outcome) -> Markup:
    """Return the classes of a label: expected share (bar), observed share (dot) with its interval (line)."""
    width, top, foot = 400, 4, 22
    height = top + foot + _ROW * len(classes)
    highest = max(max(each.hi, each.expected, each.observed) for each in classes) * 1.05 or 1.0

    def across(share: float) -> float:
        return _LABELS + share / highest * (width - _LABELS - _NUMBERS)

    parts = []
    for share in ticks(0, highest, 3):
        parts.append(line(across(share), top, across(share), height - foot, "grid"))
        x = across(share)
        parts.append(element("text", f"{share:.4g}", x=x, y=height - 8, text_anchor="middle", class_="tick"))
    for index, each in enumerate(classes):
        parts.append(_class_row(each, top + _ROW * (index + 0.5), width, across, outcome))
    return picture(width, height, f"{place}: class shares, expected against observed", *parts)


def _class_row(each: ClassShare, y: float, width: float, across: Callable[[float], float], outcome: Outcome) -> Markup:
    deviates = not each.lo <= each.expected <= each.hi
    colour = outcome.value if deviates else "pass"
    delta = (each.observed - each.expected) * 100
    name = (
        f"{each.label}\nexpected {each.expected:.2%}\n"
        f"observed {each.observed:.2%}, interval {each.lo:.2%} to {each.hi:.2%}"
    )
    left, right = across(max(each.lo, 0.0)), across(each.hi)
    parts = [
        element("title", name),
        box(0, y - _ROW / 2, width, _ROW, "hit"),
        element("text", _cut(each.label, 13), x=_LABELS - 10, y=y + 4, text_anchor="end", class_="label"),
        box(_LABELS, y - 7, max(across(each.expected) - _LABELS, 1.0), 14, "ref-bar", 2),
        line(left, y, right, y, f"whisker s-{colour}"),
        *(line(x, y - 4, x, y + 4, f"whisker s-{colour}") for x in (left, right)),
        element("circle", cx=across(each.observed), cy=y, r=4.4, class_=f"dot s-{colour}"),
        element("text", f"{each.observed:.1%}", x=width - 56.0, y=y + 4, text_anchor="end", class_="value"),
        element("text", f"{delta:+.1f} pp", x=width - 2.0, y=y + 4, text_anchor="end", class_=f"delta t-{colour}"),
    ]
    return element("g", *parts)


# ---- the profile ----


SPARK_WIDTH, SPARK_HEIGHT = 108, 24


def shape_spark(column: str, fact: ShapeFact) -> Markup | None:
    """Return a column's shape in small, or None when there is none to draw."""
    counts = fact.counts
    rows = sum(counts)
    if fact.bins.kind == "number" and are_drawable(fact.bins.edges) and rows:
        shape = drawn(fact.bins.edges, counts, rows, drawn_range(fact.bins.edges, counts))
        shares = [shape.below, *shape.columns, shape.above]
    elif fact.bins.kind == "category" and rows + fact.other:
        shares = [count / (rows + fact.other) for count in (*counts[:12], sum(counts[12:]) + fact.other)]
    else:
        return None
    step = SPARK_WIDTH / max(len(shares), 6)
    highest = max(shares)
    tops = [SPARK_HEIGHT * (1 - share / highest) for share in shares]
    bars = [
        box(index * step, top, step * 0.82, SPARK_HEIGHT - top, "spark-bar")
        for index, top in enumerate(tops)
        if top < SPARK_HEIGHT
    ]
    title = element("title", f"{column}: shape of {fact.rows:,} rows")
    return picture(SPARK_WIDTH, SPARK_HEIGHT, f"shape of {column}", title, joined(bars), class_="chart spark")
