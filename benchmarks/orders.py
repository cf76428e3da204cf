"""The orders table: its columns, what may stand in them, and where its files lie."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

Stage = Literal["reference", "current"]

HERE = Path(__file__).parent
DATA = HERE / "data"
SIZES = {"100k": 100_000, "1m": 1_000_000, "10m": 10_000_000, "100m": 100_000_000}

KEY = "order_id"
INTEGERS = (
    "order_id",
    "customer_id",
    "product_id",
    "warehouse_id",
    "quantity",
    "returned",
    "points",
    "visit_seconds",
    "pages",
    "age",
)
FLOATS = (
    "price",
    "goods",
    "discount",
    "tax",
    "shipping",
    "total",
    "weight_kg",
    "distance_km",
    "stars",
    "risk",
    "margin",
    "latitude",
    "longitude",
    "credit_used",
)
NUMBERS = INTEGERS + FLOATS
FEW_VALUES = ("country", "currency", "status", "payment", "device", "channel", "category")
MANY_VALUES = ("email", "sku", "phone")
TEXTS = (*FEW_VALUES, *MANY_VALUES, "label")
TIMES = ("ordered_at", "shipped_at", "delivered_at")
BOOLEANS = ("is_gift", "is_first")
COLUMNS = NUMBERS + TEXTS + TIMES + BOOLEANS

SETS: dict[str, tuple[str, ...]] = {
    "country": (
        "US",
        "DE",
        "GB",
        "FR",
        "CA",
        "JP",
        "BR",
        "IN",
        "AU",
        "ES",
        "IT",
        "NL",
        "SE",
        "PL",
        "MX",
        "CN",
        "KR",
        "CH",
        "AT",
        "BE",
    ),
    "currency": (
        "USD",
        "EUR",
        "GBP",
        "CAD",
        "JPY",
        "BRL",
        "INR",
        "AUD",
        "SEK",
        "PLN",
        "MXN",
        "CNY",
        "KRW",
        "CHF",
    ),
    "status": ("created", "paid", "shipped", "delivered", "cancelled", "returned"),
    "payment": ("card", "wallet", "transfer", "voucher", "cash", "credit"),
    "label": ("none", "late", "return", "fraud", "complaint"),
}
DEVICES = ("phone", "desktop", "tablet", "tv")
CHANNELS = ("search", "ads", "mail", "social", "partner", "direct")
CATEGORIES = tuple(f"category_{number:03d}" for number in range(200))
CURRENCY_OF = (0, 1, 2, 1, 3, 4, 5, 6, 7, 1, 1, 1, 8, 9, 10, 11, 12, 13, 1, 1)
"""The place in the currencies of each country's own."""

RANGES: dict[str, tuple[float, float]] = {
    "quantity": (1, 50),
    "returned": (0, 50),
    "age": (18, 95),
    "price": (0.01, 5000),
    "discount": (0, 1_000_000),
    "tax": (0, 1_000_000),
    "shipping": (0, 500),
    "stars": (1, 5),
    "risk": (0, 1),
    "margin": (-1000, 1000),
    "latitude": (-90, 90),
    "longitude": (-180, 180),
}
TOLERATED = {"margin.between": 0.05}
"""Shares of rows that may break a requirement; any other fails at the first row."""
PATTERNS = {
    "email": r"[a-z0-9.]+@[a-z0-9]+\.(com|org|net)",
    "sku": r"[A-Z]{3}-[0-9]{5}",
    "phone": r"\+1-[0-9]{3}-[0-9]{3}-[0-9]{4}",
}
RULES = {
    "returns_fit_the_order": "returned <= quantity",
    "goods_are_quantity_times_price": "abs(goods - quantity * price) <= 0.011",
    "total_adds_up": "abs(total - (goods - discount + tax + shipping)) <= 0.011",
    "discount_fits_the_goods": "discount <= goods",
    "shipped_after_ordered": "shipped_at >= ordered_at",
    "delivered_after_shipped": "delivered_at >= shipped_at",
    "delivered_has_a_time": "status <> 'delivered' or delivered_at is not null",
    "united_states_pay_in_dollars": "country <> 'US' or currency = 'USD'",
    "first_order_has_no_points": "not is_first or points = 0",
    "fraud_has_a_risk": "label <> 'fraud' or risk >= 0.2",
}


def path_of(size: str, stage: Stage, data: Path = DATA) -> Path:
    """Return where the file of a stage lies."""
    return data / f"orders_{size}_{stage}.parquet"
