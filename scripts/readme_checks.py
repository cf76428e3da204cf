"""The table of checks in the README, written from the classes.

Run ``python -m scripts.readme_checks``; a test holds the README against this program.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from scripts.check_reference import by_family

README = Path(__file__).parent.parent / "README.md"
START, END = "<!-- checks: start -->\n", "\n<!-- checks: end -->"


def check_table() -> str:
    """Return every check by family, each with a link to its page."""
    lines = ["| family | checks |", "|---|---|"]
    for family, checks in groupby(by_family(), key=lambda check: check.family):
        links = " ".join(f"[`{check.name()}`](docs/checks/{check.name()}.md)" for check in checks)
        lines.append(f"| {family} | {links} |")
    return "\n".join(lines)


def written(text: str) -> str:
    """Return the README with the table as it is now."""
    before, _, rest = text.partition(START)
    return f"{before}{START}{check_table()}{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
    print(README)
