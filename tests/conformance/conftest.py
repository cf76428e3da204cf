"""The places where the hard tables lie, each set up once, when it is first needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.conformance import databases
from tests.conformance.engines import Files, Memory, Place
from tests.conformance.spark import InSpark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PLACES: dict[str, Callable[[Any], Place]] = {
    "memory": lambda _: Memory(),
    "files": lambda request: Files(request.getfixturevalue("tmp_path_factory").mktemp("files")),
    **databases.PLACES,
    "spark": lambda request: InSpark(
        request.getfixturevalue("spark"), request.getfixturevalue("tmp_path_factory").mktemp("spark")
    ),
}


class Places:
    """Places by name, set up when they are asked for."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._request = request
        self._there: dict[str, Place] = {}

    def __getitem__(self, name: str) -> Place:
        if name not in self._there:
            self._there[name] = PLACES[name](self._request)
        return self._there[name]

    def close(self) -> None:
        """Give every place back."""
        for place in self._there.values():
            place.close()


@pytest.fixture(scope="session")
def places(request: pytest.FixtureRequest) -> Iterator[Places]:
    there = Places(request)
    yield there
    there.close()


@pytest.fixture(scope="session", params=PLACES)
def place(request: pytest.FixtureRequest, places: Places) -> Place:
    return places[request.param]
