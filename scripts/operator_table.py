"""What every operator does on each decision, as the tables of docs/operators.md: seen in a real Airflow, never by hand.

Run ``python -m scripts.operator_table``, which takes minutes; a test holds each cell against a run.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "operators.md"
HEAD = "## In place: "


def main() -> int:
    """Run every operator in every place, and write what was seen into the page."""
    import tests.conftest
    import tests.shell.conftest  # noqa: F401  both set up an Airflow of their own when they are imported

    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], check=True, capture_output=True)
    from tests.shell.behaviour import PLACES

    text = PAGE.read_text(encoding="utf-8").split(HEAD)[0].rstrip()
    for place in PLACES:
        text += f"\n\n{HEAD}{place}\n\n{_table(place)}"
        PAGE.write_text(text + "\n", encoding="utf-8")
    return 0


def _table(place: str) -> str:
    from tests.shell.behaviour import DECISIONS, SUBJECTS, told

    with tempfile.TemporaryDirectory() as folder:
        seen = {decision: told(Path(folder), place, decision) for decision in DECISIONS}
    lines = [f"| operator | {' | '.join(DECISIONS)} |", "|---" * (len(DECISIONS) + 1) + "|"]
    lines += [
        f"| {_name(title)} | {' | '.join(seen[decision][title] for decision in DECISIONS)} |" for title in SUBJECTS
    ]
    return "\n".join(lines)


def _name(title: str) -> str:
    operator, *options = title.split(", ", 1)
    return ", ".join([f"`{operator}`", *(f"`{option}`" for option in options)])


if __name__ == "__main__":
    sys.exit(main())
