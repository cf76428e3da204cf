"""MariaDB."""

from __future__ import annotations

from typing import ClassVar

from airflow_mlquality.engines.dialects.mysql import MySQL


class MariaDB(MySQL):
    """MariaDB 10.6 and newer; what is asked of it is what is asked of MySQL."""

    title: ClassVar[str] = "MariaDB"
