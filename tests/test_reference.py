"""The pages about checks say what the classes say."""

from __future__ import annotations

from scripts.check_reference import FOLDER, pages


def test_the_reference_of_checks_is_the_one_that_the_classes_give() -> None:
    assert {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")} == pages()


def test_every_option_of_every_check_is_explained() -> None:
    assert [(name, line) for name, text in pages().items() for line in text.splitlines() if line.endswith("|  |")] == []
