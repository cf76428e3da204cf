"""What every operator does on each decision, as the tables of docs/operators.md: seen in a real Airflow, never by hand.

Run ``python -m scripts.operator_table``, which takes minutes; a test holds each cell against a run. Named places, as in
``python -m scripts.operator_table retry``, are written alone.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "operators.md"
MEANING, IN_PLACE = "What leads to each decision", "In place: "
"""Titles of the sections that are written."""


def main() -> int:
    """Run every operator in every place, and write what was seen into the page."""
    import tests.conftest
    import tests.shell.conftest  # noqa: F401  both set up an Airflow of their own when they are imported

    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], check=True, capture_output=True)
    from tests.shell.behaviour import PLACES

    _write(MEANING, _meanings())
    for place in sys.argv[1:] or PLACES:
        _write(f"{IN_PLACE}{place}", _table(place))
    return 0


def _write(title: str, table: str) -> None:
    """Put a table under its title, in place of the one that is there, or at the end."""
    text = PAGE.read_text(encoding="utf-8")
    before, found, after = text.partition(f"## {title}\n")
    _, more, rest = after.partition("\n## ")
    new = f"{before.rstrip()}\n\n## {title}\n\n{table}\n"
    PAGE.write_text(f"{new}{more}{rest}" if found else new, encoding="utf-8")


def _meanings() -> str:
    from tests.shell.subjects import DECISIONS, SEEN, SUBJECTS, named

    lines = [f"| what | operators | {' | '.join(DECISIONS)} |", "|---" * (len(DECISIONS) + 2) + "|"]
    for what, seen in SEEN.items():
        names = dict.fromkeys(named(title) for title, each in SUBJECTS.items() if each.seen == what)
        lines.append(f"| {what} | {', '.join(f'`{name}`' for name in names)} | {' | '.join(seen)} |")
    return "\n".join(lines)


def _table(place: str) -> str:
    from tests.shell.behaviour import told
    from tests.shell.subjects import DECISIONS, SUBJECTS

    with tempfile.TemporaryDirectory() as folder:
        seen = {decision: told(Path(folder), place, decision) for decision in DECISIONS}
    lines = [f"| operator | {' | '.join(DECISIONS)} |", "|---" * (len(DECISIONS) + 1) + "|"]
    lines += [
        f"| {_name(title)} | {' | '.join(seen[decision][title] for decision in DECISIONS)} |" for title in SUBJECTS
    ]
    return "\n".join(lines)


def _name(title: str) -> str:
    operator, *options = title.split(", ", 1)
    name, *note = operator.split(" (", 1)
    return ", ".join([f"`{name}`{''.join(f' ({each}' for each in note)}", *(f"`{option}`" for option in options)])


if __name__ == "__main__":
    sys.exit(main())
