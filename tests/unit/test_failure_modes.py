"""The page about failure modes has its forty rows, and names code and tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "failure-modes.md"
ROW = re.compile(r"^\| (\d+) \| (.+) \| (.+) \| (.+) \|$", re.MULTILINE)
NAMED = re.compile(r"`(test_\w+)`")
PLACE = re.compile(r"`((?:api|canon|connectors|flows|hub|routing|portal)/[\w/.]*)`")


def rows() -> list[tuple[str, str, str, str]]:
    """Give number, failure, rule and proof of each row."""
    return ROW.findall(PAGE.read_text(encoding="utf-8"))


def names_of_tests() -> set[str]:
    """Give the names of all tests."""
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")]
    return {name for text in texts for name in re.findall(r"def (test_\w+)", text)}


def test_there_are_forty_rows() -> None:
    assert [int(number) for number, *_ in rows()] == list(range(1, 41))


def test_every_test_named_exists() -> None:
    named = {name for *_, proof in rows() for name in NAMED.findall(proof)}

    assert sorted(named - names_of_tests()) == []


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_a_row_names_a_test_or_says_not_yet(row: tuple[str, str, str, str]) -> None:
    *_, rule, proof = row

    assert NAMED.search(proof) or proof.startswith("not yet")
    assert [place for place in PLACE.findall(rule) if not (ROOT / "src" / "crossdock" / place).exists()] == []
