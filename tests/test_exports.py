"""What a package says it offers is what can be imported from it."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def declared(path: Path) -> list[str] | None:
    """Return the value of ``__all__`` in a file, or None when it has none."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
            return list(ast.literal_eval(node.value))
    return None


def imported_names(path: Path) -> set[str]:
    """Return the names that a file imports from our own package, for types or for real."""
    return {
        alias.asname or alias.name
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("airflow_mlquality")
        for alias in node.names
    }


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


EXPORTING = {
    module_of(path): path for path in sorted((ROOT / "airflow_mlquality").rglob("*.py")) if declared(path) is not None
}


@pytest.mark.parametrize("module", EXPORTING)
def test_every_exported_name_can_be_imported(module: str) -> None:
    names = declared(EXPORTING[module]) or []

    assert [name for name in names if not hasattr(importlib.import_module(module), name)] == []


@pytest.mark.parametrize("module", [name for name, path in EXPORTING.items() if path.name == "__init__.py"])
def test_a_package_exports_all_that_it_imports_of_ours_and_nothing_twice(module: str) -> None:
    names = declared(EXPORTING[module]) or []
    defined = {
        node.name
        for node in ast.parse(EXPORTING[module].read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }
    public = {name for name in imported_names(EXPORTING[module]) if not name.startswith("_")}

    assert len(names) == len(set(names))
    assert public - set(names) == set()
    assert {name for name in names if not name.startswith("__")} - public - defined - constants(module) == set()


def constants(module: str) -> set[str]:
    return {name for name, value in vars(importlib.import_module(module)).items() if name.isupper() and value}


def test_the_package_names_the_version_of_its_distribution() -> None:
    from importlib.metadata import version

    import airflow_mlquality

    assert airflow_mlquality.__version__ == version("airflow-provider-mlquality")
