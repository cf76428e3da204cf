"""Write the orders table, 40 columns with a fixed seed, as Parquet files by Arrow.

    python benchmarks/generate.py 1m

gives a reference and a current file. The current one differs: some columns drift, and a few rows in ten
thousand break a rule. Arrow leaves NaN out of the footers, so the files hold the trap that engines fall into.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from orders import CATEGORIES, CHANNELS, COLUMNS, CURRENCY_OF, DATA, DEVICES, SETS, SIZES, Stage, path_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Values = dict[str, Any]

ROW_GROUP = 250_000
SEEDS: dict[Stage, int] = {"reference": 2601, "current": 2602}
DAY_US = 86_400_000_000


@dataclass(frozen=True)
class Part:
    """One row group: where it starts, how many rows it has, and its own stream of random numbers."""

    stage: Stage
    start: int
    rows: int
    random: np.random.Generator

    @property
    def drifts(self) -> bool:
        """Whether the planted drift and the planted violations belong in it."""
        return self.stage == "current"

    def some(self, share: float) -> NDArray[np.bool_]:
        """Return a mask that picks about a share of the rows."""
        return self.random.random(self.rows) < share

    def choice(self, weights: Sequence[float]) -> NDArray[np.int64]:
        """Return a place per row, drawn by weight."""
        shares = np.asarray(weights, dtype=float)
        return self.random.choice(len(shares), self.rows, p=shares / shares.sum())


def numbers_of(part: Part) -> Values:
    """Return the numeric columns."""
    random, rows, drift = part.random, part.rows, part.drifts
    quantity = np.minimum(random.geometric(0.35, rows), 50)
    price = np.round(np.clip(np.exp(random.normal(3.4 if drift else 3.0, 1.0, rows)), 0.01, 4999), 2)
    goods = np.round(quantity * price, 2)
    discount = np.round(goods * np.where(part.some(0.3), random.beta(1, 6, rows), 0), 2)
    tax = np.round((goods - discount) * (0.085 if drift else 0.08), 2)
    shipping = np.round(np.where(part.some(0.4), 0, np.minimum(random.gamma(2, 4, rows), 499)), 2)
    return {
        "order_id": (part.start + np.arange(rows)) * 7 + 1_000_000_007,
        "customer_id": (np.minimum(random.pareto(0.6, rows), 1e12) * 800).astype(np.int64) % 2_000_000,
        "product_id": np.minimum(random.pareto(0.9, rows) * 300, 49_999).astype(np.int32),
        "warehouse_id": random.integers(1, 501, rows).astype(np.int16),
        "quantity": quantity.astype(np.int32),
        "returned": np.minimum(np.where(part.some(0.05), random.integers(1, 3, rows), 0), quantity).astype(np.int32),
        "points": np.minimum(random.pareto(1.2, rows) * 100, 1_000_000).astype(np.int32),
        "visit_seconds": np.minimum(random.lognormal(5, 1.3, rows), 2_000_000).astype(np.int32),
        "pages": random.poisson(7, rows).astype(np.int32),
        "age": (18 + 77 * random.beta(2, 2.8 if drift else 3, rows)).astype(np.int32),
        "price": price,
        "goods": goods,
        "discount": discount,
        "tax": tax,
        "shipping": shipping,
        "total": np.round(goods - discount + tax + shipping, 2),
        "weight_kg": random.gamma(2, 1.5, rows),
        "distance_km": random.pareto(1.1, rows) * 5,
        "stars": np.round(np.clip(random.normal(3.8 if drift else 3.9, 1, rows), 1, 5), 1).astype(np.float32),
        "risk": random.beta(1.6 if drift else 1.0, 8, rows),
        "margin": random.standard_t(2, rows) * 0.1,
        "latitude": np.clip(random.normal(40, 12, rows), -90, 90),
        "longitude": random.random(rows) * 360 - 180,
        "credit_used": random.beta(2, 5, rows),
    }


def codes_of(part: Part) -> dict[str, NDArray[np.int64]]:
    """Return the columns of few values, as places in their lists."""
    country = part.choice([1 / (place + 1.5) for place in range(len(SETS["country"]))])
    channel = [20, 36, 15, 15, 8, 6] if part.drifts else [30, 20, 15, 15, 10, 10]
    label = [82, 8, 6, 1.5, 2.5] if part.drifts else [85, 7, 5, 1, 2]
    return {
        "country": country,
        "currency": np.asarray(CURRENCY_OF)[country],
        "status": part.choice([5, 10, 15, 60, 6, 4]),
        "payment": part.choice([50, 20, 10, 8, 7, 5]),
        "device": part.choice([60, 30, 9, 1]),
        "channel": part.choice(channel),
        "category": np.minimum(part.random.pareto(1.0, part.rows) * 10, len(CATEGORIES) - 1).astype(np.int64),
        "label": part.choice(label),
    }


def times_of(part: Part) -> Values:
    """Return the times in microseconds since 1970."""
    first = np.datetime64("2026-02-01" if part.drifts else "2026-01-01", "us").astype(np.int64)
    ordered = first + (part.random.random(part.rows) * 30 * DAY_US).astype(np.int64)
    shipped = ordered + (part.random.exponential(1.5, part.rows) * DAY_US).astype(np.int64)
    delivered = shipped + (part.random.gamma(3, 1, part.rows) * DAY_US).astype(np.int64)
    return {"ordered_at": ordered, "shipped_at": shipped, "delivered_at": delivered}


def keep_the_rules(part: Part, values: Values, codes: Values) -> None:
    """Set what the rules ask for: no points on a first order, a risk on fraud."""
    values["is_gift"], values["is_first"] = part.some(0.08), part.some(0.2)
    values["points"][values["is_first"]] = 0
    fraud = codes["label"] == SETS["label"].index("fraud")
    values["risk"][fraud] = 0.2 + 0.8 * part.random.random(int(fraud.sum()))


def break_some_rules(part: Part, values: Values, codes: Values) -> None:
    """Plant what the contract shall find: each rule is broken in about one row of ten thousand."""
    one = part.some(1e-4)
    values["returned"][one] = values["quantity"][one] + 1
    values["total"][part.some(1e-4)] += 5
    one = part.some(5e-5)
    values["discount"][one] = values["goods"][one] + 1
    values["price"][part.some(2e-5)] = -1
    values["points"][part.some(1e-4) & values["is_first"]] = 10
    one = part.some(1e-4)
    values["shipped_at"][one] = values["ordered_at"][one] - 1
    codes["currency"][part.some(1e-4) & (codes["country"] == 0)] = 1
    values["risk"][part.some(1e-2) & (codes["label"] == SETS["label"].index("fraud"))] = 0.1
    if part.start == 0:
        values["order_id"][1:26] = values["order_id"][0]


def plant_not_a_number(part: Part, values: Values) -> None:
    """Put NaN and infinities where a sensor would."""
    values["weight_kg"][part.some(0.01)] = np.nan
    values["margin"][part.some(0.03 if part.drifts else 0.02)] = np.nan
    values["distance_km"][part.some(1e-5)] = np.inf


def picked(values: Sequence[str], places: NDArray[np.int64]) -> pa.Array:
    """Return the texts at the places."""
    return pa.DictionaryArray.from_arrays(pa.array(places.astype(np.int32)), pa.array(values)).cast(pa.string())


def texts_of(part: Part, values: Values, codes: Values) -> dict[str, pa.Array]:
    """Return the text columns."""
    lists = {**SETS, "device": DEVICES, "channel": CHANNELS, "category": CATEGORIES}
    host = picked(["mail.com", "post.org", "corp.net", "shop.com", "no host"], part.choice([50, 20, 20, 9.99, 0.01]))
    user = pa.array(values["customer_id"]).cast(pa.string())
    product = pa.array(values["product_id"].astype(np.int64) + 10_000).cast(pa.string())
    digits = pa.array(part.random.integers(2_000_000_000, 9_999_999_999, part.rows)).cast(pa.string())
    join, slice_ = pc.binary_join_element_wise, pc.utf8_slice_codeunits
    phone = join("+1", slice_(digits, 0, 3), slice_(digits, 3, 6), slice_(digits, 6, 10), "-")
    return {
        **{name: picked(lists[name], places) for name, places in codes.items()},
        "email": join(join("user", user, "."), host, "@"),
        "sku": join(picked(["ABC", "QRS", "XYZ"], values["product_id"] % 3), product, "-"),
        "phone": pc.if_else(pa.array(part.some(0.02)), pa.scalar(None, pa.string()), phone),
    }


NULL_SHARES = {
    "points": 0.1,
    "age": 0.03,
    "weight_kg": 0.005,
    "stars": 0.3,
    "margin": 0.01,
    "credit_used": 0.05,
    "is_first": 0.02,
}


def nulls_of(part: Part, codes: Values) -> dict[str, NDArray[np.bool_]]:
    """Return in which rows a column has no value: what did not happen yet, and what was not said."""
    place = SETS["status"].index
    return {
        **{name: part.some(share) for name, share in NULL_SHARES.items()},
        "shipped_at": codes["status"] < place("shipped"),
        "delivered_at": (codes["status"] < place("delivered")) | part.some(1e-6),
    }


def table_of(part: Part) -> pa.Table:
    """Return the rows of a part."""
    codes = codes_of(part)
    values = {**numbers_of(part), **times_of(part)}
    keep_the_rules(part, values, codes)
    if part.drifts:
        break_some_rules(part, values, codes)
    plant_not_a_number(part, values)
    columns = texts_of(part, values, codes)
    nulls = nulls_of(part, codes)
    for name, array in values.items():
        type_ = pa.timestamp("us") if name.endswith("_at") else None
        columns[name] = pa.array(array, type=type_, mask=nulls.get(name), from_pandas=False)
    return pa.table({name: columns[name] for name in COLUMNS})


def write(size: str, stage: Stage, data: Path = DATA) -> Path:
    """Write the file of a stage, whole or not at all, and return where it lies."""
    data.mkdir(parents=True, exist_ok=True)
    path, rows = path_of(size, stage, data), SIZES[size]
    unfinished = path.with_suffix(".part")
    writer: pq.ParquetWriter | None = None
    for start in range(0, rows, ROW_GROUP):
        random = np.random.default_rng([SEEDS[stage], start])
        table = table_of(Part(stage, start, min(ROW_GROUP, rows - start), random))
        writer = writer or pq.ParquetWriter(unfinished, table.schema, compression="zstd")
        writer.write_table(table, row_group_size=ROW_GROUP)
    if writer is not None:
        writer.close()
    return unfinished.rename(path)


def write_missing(size: str, stages: Sequence[Stage] = ("reference", "current"), data: Path = DATA) -> None:
    """Write the files of a size that are not there yet, both stages at once."""
    missing = [stage for stage in stages if not path_of(size, stage, data).exists()]
    with ProcessPoolExecutor(2) as pool:
        for path in pool.map(write, [size] * len(missing), missing, [data] * len(missing)):
            print(f"{path} {path.stat().st_size / 2**20:.0f} MiB", flush=True)


def main() -> None:
    """Write the files of the sizes that the command line names."""
    parser = argparse.ArgumentParser(description="Write the orders table of the benchmark.")
    parser.add_argument("sizes", nargs="+", choices=list(SIZES))
    parser.add_argument("--stages", nargs="+", choices=list(SEEDS), default=list(SEEDS))
    parser.add_argument("--data", type=Path, default=DATA)
    given = parser.parse_args()
    for size in given.sizes:
        write_missing(size, given.stages, given.data)


if __name__ == "__main__":
    main()
