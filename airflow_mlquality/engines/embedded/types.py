"""DuckDB's types in the portable vocabulary."""

from __future__ import annotations

from airflow_mlquality.measurements import LogicalType

_EXACT = {
    "BOOLEAN": LogicalType.BOOLEAN,
    "FLOAT": LogicalType.FLOAT,
    "DOUBLE": LogicalType.FLOAT,
    "VARCHAR": LogicalType.STRING,
    "DATE": LogicalType.DATE,
    "TIME": LogicalType.TIME,
    "TIME_NS": LogicalType.TIME,
    "TIME WITH TIME ZONE": LogicalType.TIME,
    "TIMESTAMP": LogicalType.TIMESTAMP,
    "TIMESTAMP_S": LogicalType.TIMESTAMP,
    "TIMESTAMP_MS": LogicalType.TIMESTAMP,
    "TIMESTAMP_NS": LogicalType.TIMESTAMP,
    "TIMESTAMP WITH TIME ZONE": LogicalType.TIMESTAMP_TZ,
    "INTERVAL": LogicalType.DURATION,
    "BLOB": LogicalType.BINARY,
    "BIT": LogicalType.BINARY,
    "UUID": LogicalType.UUID,
    "JSON": LogicalType.JSON,
    '"NULL"': LogicalType.NULL,
}
_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "BIGNUM")


def logical_type(native: str) -> LogicalType:
    """Return the logical type of a DuckDB type.

    >>> logical_type("UBIGINT").value, logical_type("DECIMAL(18,2)").value, logical_type("STRUCT(a INTEGER)[]").value
    ('integer', 'decimal', 'list')
    """
    if native in _EXACT:
        return _EXACT[native]
    if native.removeprefix("U") in _INTEGERS:
        return LogicalType.INTEGER
    if native.endswith("]"):
        return LogicalType.LIST
    for prefix, type_ in (
        ("DECIMAL", LogicalType.DECIMAL),
        ("STRUCT", LogicalType.STRUCT),
        ("MAP", LogicalType.MAP),
        ("ENUM", LogicalType.STRING),
    ):
        if native.startswith(prefix):
            return type_
    return LogicalType.OTHER
