"""The runbook as the portal shows it: one text for people, commands and pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import crossdock
from crossdock import portal
from crossdock.portal.navigation import SECTIONS
from crossdock.portal.views.exceptions import runbook


@pytest.mark.parametrize("code", sorted(runbook.codes()))
def test_every_code_says_what_happened_why_what_to_do_and_when_it_closes(code: str) -> None:
    entry = runbook.entry(code)
    assert entry.title
    assert [part.heading for part in entry.parts] == list(runbook.HEADINGS)
    for part in entry.parts:
        assert part.html.startswith("<p>")
        assert "**" not in part.html
        assert ".md" not in part.html, "links lead to pages of the portal"
        assert "<script" not in part.html


def test_the_text_is_that_of_the_page() -> None:
    parts = {part.heading: part.html for part in runbook.entry("sumMismatch").parts}
    assert "names a part that equals the difference" in parts["What happened"]
    assert parts["What to do"].startswith("<p>Compare with the order in Ecwid.")
    assert runbook.entry("sumMismatch").title == "An order's sum does not add up."


def test_a_row_of_a_collection_is_told_with_what_its_neighbours_share() -> None:
    entry = runbook.entry("combinationDuplicated")
    parts = {part.heading: str(part.html) for part in entry.parts}
    assert entry.title == "Two variations have the same options"
    assert "Two variations have the same options." in parts["What happened"]
    assert "Make them differ." in parts["What to do"]
    assert "Ecwid" not in parts["What to do"]
    assert "By itself" in parts["When it closes"]


def test_a_code_that_a_store_invents_is_told_what_all_refusals_share() -> None:
    entry = runbook.entry("someThingNew")
    assert [part.heading for part in entry.parts] == list(runbook.HEADINGS)


@pytest.mark.parametrize("code", ["../../README", "connecting", "ecwid-refusals", "", "a/b", "README"])
def test_nothing_but_codes_is_read(code: str) -> None:
    assert runbook.entry(code).title == ""


def test_links_between_codes_stay_in_the_portal_and_others_are_only_text() -> None:
    text = "".join(part.html for part in runbook.entry("editedAfterSending").parts)
    assert '<a href="/exceptions?code=editedAfterShipping">' in text
    assert "routing card" in "".join(part.html for part in runbook.entry("noRoute").parts)
    assert "<a" not in "".join(part.html for part in runbook.entry("noRoute").parts)


def test_a_source_tree_reads_its_own_pages_and_an_installed_package_its_copy(tmp_path: Path) -> None:
    package, source = tmp_path / "src" / "crossdock", tmp_path / "docs" / "exceptions"
    copy = package / runbook.PACKAGED
    copy.mkdir(parents=True)
    assert runbook.folder(package) == copy
    source.mkdir(parents=True)
    assert runbook.folder(package) == source, "a copy that an earlier install left is not read"


PORTAL = Path(portal.__file__).parent
PAGES = sorted(Path(str(runbook.folder(Path(crossdock.__file__).parent))).iterdir())
PLACES = frozenset(entry.label for section in SECTIONS for entry in section.entries)
WORDS = " ".join(
    " ".join(path.read_text(encoding="utf-8").split())
    for folder, ending in (("templates", "*.html"), ("views", "*.py"))
    for path in sorted((PORTAL / folder).rglob(ending))
)
"""What buttons, tabs and headings of the portal are called, among all else that its source says."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_people_read_what_to_do_in_the_portal_before_any_command(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for paragraph in text.split("\n\n"):
        if paragraph.startswith("|") or page.name == "README.md":
            continue  # a row of a table says in its cell what is for those at a terminal
        commands = re.findall(r"`crossdock [a-z]", paragraph)
        assert not commands or paragraph.startswith("*At a terminal:*"), paragraph
    for row in re.findall(r"^\|.*`crossdock [a-z].*$", text, re.MULTILINE):
        assert "at a terminal" in row, row


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_whatever_a_page_names_is_in_the_portal(page: Path) -> None:
    for name in re.findall(r"\*\*([^*]+)\*\*", page.read_text(encoding="utf-8")):
        named = " ".join(name.split())
        if named.removesuffix(".") in runbook.HEADINGS:
            continue
        first, *below = named.split(" → ")
        assert first in PLACES or first in WORDS, f"{named}: nothing in the portal is called so"
        assert all(one in WORDS for one in below), named
