"""The runbook: for each code of an exception what happened, why it matters, what to do, and when it closes.

There is one text for all: the pages of ``docs/exceptions``. Where Crossdock runs from its source tree they are read
there; an installed package carries a copy of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.token import Token

PACKAGED = "runbook"
COLLECTIONS = ("connecting", "ecwid-refusals", "file-refusals")
"""Pages about many codes: what all have in common, and a table with a row for each."""
HEADINGS = ("What happened", "Why it matters", "What to do", "When it closes")
REFUSED = "ecwid-refusals"
"""The page of codes that a store invents."""

_PART = re.compile(r"^\*\*(What happened|Why it matters|What to do|When it closes)\.\*\*\s*", re.MULTILINE)
_TITLE = re.compile(r"^\*(.+)\*\s*$", re.MULTILINE)
_ROW = re.compile(r"^\| `([A-Za-z]+)` \|(.+)\|\s*$", re.MULTILINE)
_PAGE = re.compile(r"^([\w-]+)\.md(?:#.*)?$")
_MARKDOWN = MarkdownIt("commonmark", {"html": False})


@dataclass(frozen=True)
class Part:
    """One heading of a page with its text, ready to be shown."""

    heading: str
    html: SafeString


@dataclass(frozen=True)
class Entry:
    """What the runbook says about a code: in one line, and in full."""

    code: str
    title: str
    parts: tuple[Part, ...]


@lru_cache(maxsize=512)
def entry(code: str) -> Entry:
    """Return what the runbook says about a code; for one that is not in it, what all refusals share."""
    page = _text(code) if re.fullmatch(r"[a-z][A-Za-z]*", code) and code not in COLLECTIONS else None
    if page is not None:
        title = _TITLE.search(page)
        return Entry(code, title.group(1) if title else "", _parts(page))
    for name in COLLECTIONS:
        text = _text(name) or ""
        for row in _ROW.finditer(text):
            if row.group(1) == code:
                cells = [cell.strip() for cell in row.group(2).split("|")]
                return _of_collection(code, text, cells[0], cells[1] if len(cells) > 1 else "")
    return Entry(code, "", _parts(_text(REFUSED) or ""))


def codes() -> frozenset[str]:
    """Return every code that has a page or a row."""
    own = {
        file.name.removesuffix(".md")
        for file in _folder().iterdir()
        if re.fullmatch(r"[a-z]+[A-Za-z]*\.md", file.name)
        and file.name.removesuffix(".md") not in COLLECTIONS
    }
    rows = {row.group(1) for name in COLLECTIONS for row in _ROW.finditer(_text(name) or "")}
    return frozenset(own | rows)


def folder(package: Traversable) -> Traversable:
    """Return where the pages are read: the source tree's own, even where an earlier install has left a copy."""
    own = isinstance(package, Path) and package.parents[1] / "docs" / "exceptions"
    return own if own and own.is_dir() else package.joinpath(PACKAGED)


@cache
def _folder() -> Traversable:
    return folder(files("crossdock"))


def _text(name: str) -> str | None:
    file = _folder().joinpath(f"{name}.md")
    return file.read_text(encoding="utf-8") if file.is_file() else None


def _parts(text: str) -> tuple[Part, ...]:
    """The parts of a page; a part ends where the next one, a table or a heading begins."""
    marks = list(_PART.finditer(text))
    parts = []
    for number, mark in enumerate(marks, start=1):
        end = marks[number].start() if number < len(marks) else len(text)
        body = re.split(r"^(?:\||#)", text[mark.end() : end], maxsplit=1, flags=re.MULTILINE)[0]
        parts.append(Part(mark.group(1), _html(body)))
    return tuple(parts)


def _of_collection(code: str, text: str, happened: str, to_do: str) -> Entry:
    own = {"What happened": happened, "What to do": to_do}
    common = {part.heading: part.html for part in _parts(text)}
    parts = []
    for heading in HEADINGS:
        if own.get(heading):
            parts.append(Part(heading, _html(_sentence(own[heading]))))
        elif heading in common:
            parts.append(Part(heading, common[heading]))
    return Entry(code, happened, tuple(parts))


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _html(text: str) -> SafeString:
    """Markdown as HTML. The text is our own, raw HTML in it is shown as text, and links lead to pages of the portal."""
    tokens = _MARKDOWN.parse(text.strip())
    for token in tokens:
        if token.children:
            token.children = _mended(token.children)
    return SafeString(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))


def _mended(tokens: list[Token]) -> list[Token]:
    """Links to other codes lead to their page here; a link to another document of the source tree is only its text."""
    kept: list[Token] = []
    dropped: list[bool] = []
    for token in tokens:
        if token.type == "link_open":
            target = str(token.attrs.get("href", ""))
            page = _PAGE.match(target)
            own = page is not None and page.group(1) not in COLLECTIONS
            dropped.append(not own and not target.startswith("https://"))
            if page is not None and own:
                token.attrs["href"] = f"/exceptions?code={page.group(1)}"
            if dropped[-1]:
                continue
        elif token.type == "link_close" and dropped.pop():
            continue
        kept.append(token)
    return kept
