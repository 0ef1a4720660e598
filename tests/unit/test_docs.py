"""The pages say what is so: exit codes, links and pictures."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from crossdock.cli.codes import MEANINGS

ROOT = Path(__file__).parents[2]
COMMANDS = ROOT / "docs" / "commands.md"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "src").rglob("README.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")
LARGEST_PICTURE = 300_000


def anchors(page: Path) -> set[str]:
    """Give the addresses of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_exit_codes_in_the_docs_are_the_real_ones() -> None:
    text = COMMANDS.read_text(encoding="utf-8")

    assert [f"| {code.value} | {meaning} |" for code, meaning in MEANINGS.items()] == re.findall(
        r"^\| \d+ \| .+ \|$", text, re.MULTILINE
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    lost = []
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(link)

    assert lost == []


def test_pictures_are_small() -> None:
    pictures = list((ROOT / "docs" / "pictures").glob("*.png"))

    assert pictures
    assert [picture.name for picture in pictures if picture.stat().st_size > LARGEST_PICTURE] == []
