"""Imports point one way, only the shell knows Airflow, and nothing heavy loads before it is used."""

from __future__ import annotations

import ast
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "airflow_mlquality"
ORDER = [
    "redaction",
    "errors",
    "measurements",
    "profile",
    "verdict",
    "stats",
    "checks",
    "contract",
    "engines",
    "decision",
    "report",
    "store",
    "history",
    "references",
    "comparison",
    "judgement",
    "taking",
    "audit",
    "quarantine",
    "fallback",
    "retraining",
    "alerting",
    "trial",
    "pages",
    "cli",
    "__main__",
    "__init__",
]
SHELL = {
    "operators",
    "sensors",
    "triggers",
    "decorators",
    "hooks",
    "notifications",
    "links",
    "ui",
    "get_provider_info",
}
HEAVY = {"numpy", "scipy", "sklearn", "pandas", "pyarrow", "duckdb", "polars", "fastapi"}
MODULES = sorted(PACKAGE.rglob("*.py"))


def room(path: Path) -> str:
    """Return the first part of a module's name below the package."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imported(path: Path) -> set[str]:
    """Return the full names that a module imports, at its top, in its functions and for its types."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def rooms_of(names: set[str]) -> set[str]:
    return {name.split(".")[1] for name in names if name.startswith("airflow_mlquality.")}


def run(code: str) -> str:
    """Return what a program of its own prints."""
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_every_module_has_a_place_in_the_order() -> None:
    rooms = {room(path) for path in MODULES}

    assert rooms - set(ORDER) - SHELL == set()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_one_way(path: Path) -> None:
    own = room(path)
    if own in SHELL or own == "__init__":
        return
    known = set(ORDER[: ORDER.index(own) + 1])
    public = {"__init__"} if own in ("cli", "__main__") else set()

    assert rooms_of(imported(path)) - known - public - {"__version__"} == set()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_shell_knows_airflow(path: Path) -> None:
    knows = {name for name in imported(path) if name.split(".")[0] == "airflow"}

    assert not knows or room(path) in SHELL


def test_statistics_know_nothing_of_ours() -> None:
    foreign = {name for path in MODULES if room(path) == "stats" for name in rooms_of(imported(path))}

    assert foreign <= {"stats"}


def test_a_decision_knows_of_checks_only_their_policy() -> None:
    names = {name for name in imported(PACKAGE / "decision.py") if name.startswith("airflow_mlquality.checks")}

    assert {name.rpartition(".")[0] for name in names} == {"airflow_mlquality.checks.policy"}


def test_importing_the_core_loads_nothing_heavy() -> None:
    loaded = run(f"""
        import importlib, pkgutil, sys
        import airflow_mlquality
        skipped = tuple(f"airflow_mlquality.{{room}}" for room in {sorted(SHELL | {"stats", "__main__"})!r})
        for module in pkgutil.walk_packages(airflow_mlquality.__path__, "airflow_mlquality.", onerror=print):
            if not module.name.startswith(skipped):
                importlib.import_module(module.name)
        print(sorted(({HEAVY!r} | {{"jinja2", "airflow", "rich", "requests"}}) & set(sys.modules)))
    """)

    assert loaded == "[]"


def test_importing_every_operator_loads_nothing_heavy() -> None:
    loaded = run(f"""
        import sys
        from airflow_mlquality import links, operators
        from airflow_mlquality.get_provider_info import get_provider_info
        for name in operators.__all__:
            getattr(operators, name)
        get_provider_info()
        print(sorted(({HEAVY!r} | {{"sqlglot"}}) & set(sys.modules)))
    """)

    assert loaded.splitlines()[-1] == "[]"


def test_the_plugin_which_every_process_imports_loads_nothing_heavy() -> None:
    loaded = run(f"""
        import sys
        import airflow.plugins_manager
        before = set(sys.modules)
        from airflow_mlquality.ui.plugin import MLQualityPlugin
        print(sorted(({HEAVY!r} | {{"sqlglot", "jinja2"}}) & (set(sys.modules) - before)))
    """)

    assert loaded.splitlines()[-1] == "[]"


def test_fifty_gates_parse_in_the_same_order_of_time_as_fifty_bash_tasks(tmp_path: Path) -> None:
    gates = seconds_to_parse(
        tmp_path,
        "from airflow_mlquality.operators import QualityGateOperator",
        'QualityGateOperator(task_id=f"t{n}", contract="flights.yaml", source="flights.csv", on_fail="skip")',
    )
    plain = seconds_to_parse(
        tmp_path,
        "from airflow.providers.standard.operators.bash import BashOperator",
        'BashOperator(task_id=f"t{n}", bash_command="true")',
    )

    assert gates < 5 * plain + 0.1


def seconds_to_parse(folder: Path, imports: str, operator: str) -> float:
    """Return the CPU time of a DAG file, its imports included, in a process that has Airflow; the best of three."""
    file = folder / "fifty.py"
    file.write_text(
        f"from airflow.sdk import DAG\n{imports}\nwith DAG('fifty'):\n    for n in range(50):\n        {operator}\n",
        encoding="utf-8",
    )
    code = f"""
        import runpy, time
        from airflow.sdk import DAG, BaseOperator
        begin = time.process_time()
        runpy.run_path({str(file)!r})
        print(time.process_time() - begin)
    """
    return min(float(run(code).splitlines()[-1]) for _ in range(3))
