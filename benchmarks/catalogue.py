"""What each check of the catalogue adds to W1, and what all of them add together.

    python benchmarks/catalogue.py --size 1m --rounds 3
    python benchmarks/catalogue.py --size 10m --rounds 3 --only

Every line is W1 and one check more, as a process of its own, beside W1 alone; the reference of each is the report of
all of them on the reference stage. All run in turn, round after round; the table shows medians. W1 is the whole suite,
its requirements and the facts of every column, as `suite.py` says; with `--beside gate` it is the requirements alone.
"""

from __future__ import annotations

import argparse
import copy
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from costs import Contender, interleaved
from groups import ANY_OUTCOME, GATE, QUIET
from machine import facts
from orders import HERE, SIZES, path_of

Contract = dict[str, Any]
REFERENCE = "taken.json"
LISTED = ("schema", "table", "labels", "drift")
"""Parts of a contract whose checks stand under their names."""


def added() -> Iterator[tuple[str, Contract]]:
    """Yield each check beyond W1: its name, and the part of a contract that holds it alone."""
    catalogue = yaml.safe_load((HERE / "orders_catalogue.yaml").read_text(encoding="utf-8"))
    for column, checks in catalogue["columns"].items():
        for check in checks:
            yield f"{next(iter(check))} of {column}", {"columns": {column: check}}
    for check in catalogue["rows"]:
        name = next(key for key in ("determines", "sums_to", *check) if key in check)
        yield name, {"rows": [check]}
    for part in LISTED:
        for check in catalogue[part]:
            name = next(iter(check))
            yield ("drift of every column" if name == "columns" else name), {part: check}


def with_w1(*parts: Contract) -> Contract:
    """Return the contract of W1 with more checks."""
    contract: Contract = yaml.safe_load((HERE / "orders_w1.yaml").read_text(encoding="utf-8"))
    contract["sources"] = yaml.safe_load((HERE / "orders_catalogue.yaml").read_text(encoding="utf-8"))["sources"]
    for part in copy.deepcopy(parts):
        for column, checks in part.get("columns", {}).items():
            contract["columns"][column].update(checks)
        contract["rows"] += part.get("rows", [])
        for place in LISTED:
            if place in part:
                own = {"labels": {"column": "label"}, "drift": {"reference": "reference"}}.get(place, {})
                contract.setdefault(place, own).update(part[place])
    return contract


def gate(name: str, contract: Contract, size: str, scratch: Path, *beside: str) -> Contender:
    """Return the gate of a contract, compared with the reference that `take_reference` wrote."""
    number = len(list(scratch.glob("*.yaml")))
    path = written(contract, scratch / f"{number}.yaml")
    asked = ("check", str(path), "--reference", str(scratch / REFERENCE), str(path_of(size, "current")), *beside)
    return Contender(name, (*GATE, *asked, *QUIET, str(scratch / f"{number}.json")), ANY_OUTCOME)


def take_reference(contract: Contract, size: str, scratch: Path) -> None:
    """Write the report of a contract on the reference stage."""
    path = written(contract, scratch / "reference.yaml")
    stage = str(path_of(size, "reference"))
    command = (*GATE, "check", str(path), stage, *QUIET, str(scratch / REFERENCE))
    Contender("reference", command, ANY_OUTCOME).run(HERE.parent)


def written(contract: Contract, path: Path) -> Path:
    """Write a contract, and return where it is."""
    named = {**contract, "contract": f"orders_{path.stem}"}
    path.write_text(yaml.safe_dump(named, sort_keys=False), encoding="utf-8")
    return path


def main() -> int:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description="Measure what each check adds to the gate of W1.")
    parser.add_argument("--size", choices=list(SIZES), default="1m", help="rows of the orders table")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", help="names of checks, beside all together; without any, only that")
    parser.add_argument("--beside", choices=["suite", "gate"], default="suite", help="what W1 is")
    given = parser.parse_args()
    parts = list(added())
    chosen = [(name, part) for name, part in parts if given.only is None or name.split(" of ")[0] in given.only]
    beside = ("--whole-profile",) if given.beside == "suite" else ()
    with tempfile.TemporaryDirectory(prefix="mlquality-bench-") as folder:
        scratch = Path(folder)
        together = with_w1(*(part for _, part in parts))
        take_reference(together, given.size, scratch)
        contenders = [gate("W1", with_w1(), given.size, scratch, *beside)]
        contenders += [gate(name, with_w1(part), given.size, scratch, *beside) for name, part in chosen]
        contenders += [gate("the whole catalogue", together, given.size, scratch, *beside)]
        interleaved(contenders, given.rounds, HERE.parent, lambda line: print(line, file=sys.stderr, flush=True))
    base = contenders[0].middle(lambda cost: cost.cpu)
    print(f"{SIZES[given.size]:,} rows of 40 columns; {facts()}\n\nW1, {given.beside}: {base:.2f} s of CPU\n")
    print("| check | adds, s of CPU | of W1 |\n|---|---:|---:|")
    for each in sorted(contenders[1:], key=lambda each: -each.middle(lambda cost: cost.cpu)):
        more = each.middle(lambda cost: cost.cpu) - base
        print(f"| {each.name} | {more:.2f} | {more / base:.0%} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
