"""Every code that an exception can carry has its page, and no page is about a code that has gone."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard

import pytest

from crossdock.connectors import errors
from crossdock.connectors.ecwid import faults

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "crossdock"
PAGES = ROOT / "docs" / "exceptions"
ROOMS = ("connectors", "flows", "hub", "routing")

CODE = re.compile(r"[a-z]+(?:[A-Z][a-z0-9]*)*")
CAMEL = re.compile(r"[a-z]+(?:[A-Z][a-z0-9]*)+")
ROW = re.compile(r"^\| `([A-Za-z]+)` \|", re.MULTILINE)
HEADINGS = ("**What happened.**", "**Why it matters.**", "**What to do.**", "**When it closes.**")
COLLECTIONS = ("connecting.md", "ecwid-refusals.md", "file-refusals.md")
"""Pages about many codes: a table with a row for each."""

SILENT = {"connectorError", "skipped", "forgedWebhook", "staleWebhook"}
"""Codes that open no exception: the base's own, a mere skip, and forged webhooks, which change nothing."""


def codes_of(tree: ast.AST) -> Iterator[str]:
    """Give the codes that stand in a module's calls: errors raised, notices wanting attention, exceptions."""
    constants = {
        _name(target): node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(node.value.value, str)
    }
    yield from _paired(tree)
    for table in (node for node in ast.walk(tree) if isinstance(node, ast.Assign)):
        if _name(table.targets[0]) == "_MESSAGES" and isinstance(table.value, ast.Dict):
            yield from (constants[_name(key)] for key in table.value.keys)
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = _name(call.func)
        named = {keyword.arg: keyword.value for keyword in call.keywords}
        if name in ("Notice", "_notice") and not _may_be_true(named.get("attention")):
            continue
        position = {"_notice": 0, "open_exception": 1, "Noticed": 1}.get(name)
        given = [named["code"]] if "code" in named else []
        if name == "append" and _name(getattr(call.func, "value", None)) == "refused":
            row = call.args[0]
            given += row.elts[1:2] if isinstance(row, ast.Tuple) else []
        if position is not None:
            given += call.args[position : position + 1]
        for value in given:
            if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value:
                yield value.value
            elif _name(value) in constants:
                yield constants[_name(value)]


def _name(node: ast.AST | None) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _paired(tree: ast.AST) -> Iterator[str]:
    """Give the codes of tables whose rows are a code and the sentence for it."""
    for row in (node for node in ast.walk(tree) if isinstance(node, ast.Tuple) and len(node.elts) == 2):
        code, sentence = row.elts
        if isinstance(code, ast.Constant) and isinstance(code.value, str):
            texts = [part.value for part in ast.walk(sentence) if isinstance(part, ast.Constant)]
            if CAMEL.fullmatch(code.value) and any(
                isinstance(text, str) and text.count(" ") > 2 for text in texts
            ):
                yield code.value


def _may_be_true(value: ast.expr | None) -> bool:
    return value is not None and not (isinstance(value, ast.Constant) and value.value is False)


def found() -> set[str]:
    """Give every code that the source can put into an exception."""
    codes = {
        code
        for room in ROOMS
        for path in (SOURCE / room).rglob("*.py")
        for code in codes_of(ast.parse(path.read_text(encoding="utf-8")))
    }
    codes |= {row.code for row in faults.TABLE.values()} | {row.code for _, row in faults.FAMILIES}
    codes |= {row.code for row in faults._DEFAULTS.values()} | set(
        re.findall(r'Row\("\w+", "(\w+)"', inspect.getsource(faults))
    )
    codes |= {kind.code for kind in vars(errors).values() if _is_error(kind)}
    return codes - SILENT


def _is_error(kind: object) -> TypeGuard[type[errors.ConnectorError]]:
    return isinstance(kind, type) and issubclass(kind, errors.ConnectorError)


def documented() -> dict[str, str]:
    """Give the page of each documented code."""
    pages = {path.stem: path.name for path in PAGES.glob("*.md") if CODE.fullmatch(path.stem)}
    pages.pop("connecting", None)
    for name in COLLECTIONS:
        pages |= dict.fromkeys(ROW.findall((PAGES / name).read_text(encoding="utf-8")), name)
    return pages


def own_pages() -> list[Path]:
    """Give the pages that are about one code."""
    return sorted(PAGES / name for name in set(documented().values()) - set(COLLECTIONS))


def test_the_search_sees_each_way_in_which_a_code_is_written() -> None:
    source = """
CODE = "byConstant"
open_exception(1, CODE, "x", "y", entity="z")
open_exception(1, "byPosition", "x", "y", entity="z")
raise Refused("no", code="raised")
Notice(code="seen", attention=True)
Notice(code="maybe", attention=bool(unit))
Notice(code="counted")
self._notice("byMethod", "field", "message", attention=True)
self._notice("countedToo", "field", "message")
plan.refused.append((listing, "planned", "reason"))
EDITED = "edited"
_MESSAGES = {EDITED: "message"}
remedies = {"invalid_grant": ("codeExpired", f"It has expired. {again}")}
"""
    assert set(codes_of(ast.parse(source))) == {
        "byConstant", "byPosition", "raised", "seen", "maybe", "byMethod", "planned", "edited", "codeExpired",
    }  # fmt: skip


def test_every_code_has_a_page() -> None:
    assert sorted(found() - set(documented())) == []


def test_no_page_is_about_a_code_that_has_gone() -> None:
    assert sorted(set(documented()) - found()) == []


def test_the_index_leads_to_every_page() -> None:
    index = (PAGES / "README.md").read_text(encoding="utf-8")

    assert sorted(set(documented().values()) - set(re.findall(r"\(([\w-]+\.md)\)", index))) == []


@pytest.mark.parametrize("page", own_pages(), ids=lambda page: page.stem)
def test_a_page_says_what_why_what_to_do_and_when_it_closes(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    assert text.startswith(f"# {page.stem}\n")
    assert [heading for heading in HEADINGS if heading not in text] == []
