"""``python -m airflow_mlquality`` is the command line."""

from __future__ import annotations

import sys

from airflow_mlquality.cli import main

sys.exit(main())
