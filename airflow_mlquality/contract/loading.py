"""A contract from wherever it is: a file, YAML text, a dict, or itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, time
from os import PathLike
from pathlib import Path
from typing import Any

from airflow_mlquality.contract.model import Contract
from airflow_mlquality.contract.reading import contract_from
from airflow_mlquality.contract.yaml import Document, read
from airflow_mlquality.errors import ContractError, Problem, UsageError

INLINE = "<inline>"
DICT = "<dict>"
_YAML_TEXT = re.compile(r"\n|:\s|:$")


def load_contract(path: str | PathLike[str]) -> Contract:
    """Return the contract in a YAML file.

    Parameters
    ----------
    path
        Any path, or an object that has `read_text`, such as an `ObjectStoragePath`.

    Raises
    ------
    ContractError
        With everything that is wrong with it, each with file and line.
    """
    where = str(path)
    return contract_from(read(_text_of(path, where), where), where)


def contract_of(given: object) -> Contract:
    """Return the contract that is given as a path, as YAML text, as a dict or as itself; see `Contract.of`."""
    if isinstance(given, Contract):
        return given
    if isinstance(given, Mapping):
        return contract_from(Document(_as_yaml_says(given)), DICT)
    if isinstance(given, str) and (_YAML_TEXT.search(given) or not given.strip()):
        return contract_from(read(given, INLINE), INLINE)
    if isinstance(given, str | PathLike) or hasattr(given, "read_text"):
        return load_contract(given)  # type: ignore[arg-type]  # an object with read_text will do
    raise UsageError.unsupported_contract(type(given).__name__)


def _text_of(path: Any, where: str) -> str:
    source = path if hasattr(path, "read_text") else Path(path)
    try:
        text = source.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ContractError([Problem.unreadable(where, "no such file")]) from None
    except UnicodeDecodeError as broken:
        raise ContractError([Problem.unreadable(where, f"byte {broken.start} is not UTF-8")]) from None
    except (OSError, ValueError) as broken:
        why = getattr(broken, "strerror", None) or str(broken)
        raise ContractError([Problem.unreadable(where, why)]) from None
    return str(text).removeprefix("\ufeff")


def _as_yaml_says(value: Any) -> Any:
    """Return Python data as a YAML document would give it: keys are text, sequences lists, moments ISO 8601."""
    if isinstance(value, Mapping):
        return {_key(key): _as_yaml_says(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_as_yaml_says(each) for each in value]
    return value.isoformat() if isinstance(value, date | time) else value


def _key(key: object) -> str:
    return str(key).lower() if isinstance(key, bool) else str(key)
