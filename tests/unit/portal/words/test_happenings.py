"""Events say what happened: everything that is ever written down has words."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import crossdock
from crossdock.portal.words.happenings import TITLES, title

SOURCE = Path(crossdock.__file__).parent
WRITERS = {"record_event": 3, "request_event": 1, "_move": 2, "_note": 2, "record_account": 1, "_factor": 1,
           "Event": None}  # fmt: skip
"""What writes events, and which of its arguments is the operation."""
CHANGES = {"_change": 2, "_record": 1}
KNOWN = frozenset(operation for titles in TITLES.values() for operation in titles)


def _constants(tree: ast.Module) -> dict[str, list[str]]:
    """The texts that names of a module stand for: ``ASKED, DONE = "asked", "done"`` names two."""
    found: dict[str, list[str]] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            names, values = (target.elts, node.value.elts) if (
                isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple)
            ) else ([target], [node.value])  # fmt: skip
            for name, value in zip(names, values, strict=False):
                if not isinstance(name, ast.Name):
                    continue
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    found.setdefault(name.id, []).append(value.value)
                elif isinstance(value, ast.Name):
                    found.setdefault(name.id, []).extend(found.get(value.id, []))
    return found


def _written() -> Iterator[tuple[str, str]]:
    for path in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        constants = _constants(tree)
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            place = (
                (WRITERS | CHANGES).get(name)
                if name in WRITERS or path.match("hub/stock/figures.py")
                else None
            )
            given = [one.value for one in node.keywords if one.arg == "operation" and name in WRITERS]
            if place is not None and len(node.args) > place:
                given.append(node.args[place])
            for one in given:
                for part in ast.walk(one):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield f"{path.relative_to(SOURCE)}:{node.lineno}", part.value
                    for text in constants.get(part.id, []) if isinstance(part, ast.Name) else ():
                        yield f"{path.relative_to(SOURCE)}:{node.lineno}", text


def test_every_operation_that_is_written_has_words() -> None:
    written = list(_written())
    assert len(written) > 50
    assert [(where, operation) for where, operation in written if operation not in KNOWN] == []


@pytest.mark.parametrize(
    ("entity", "operation", "author", "after", "said"),
    [
        ("orders", "release", "rule", {"release": "released"}, "Order released by a rule"),
        ("orders", "status", "user:ann", {"status": "onHold"}, "Order put on hold"),
        ("orders", "status", "user:ann", {"status": "tomorrow's"}, "Status of the order changed"),
        ("orders", "status", "user:ann", None, "Status of the order changed"),
        ("orders", "route", "routing", {}, "Shipping request made"),
        ("orders", "routing", "routing", {"routingStatus": "failed"}, "No place found for the order"),
        ("inventory", "pushed", "integration:1", {"quantity": 3}, "Stock pushed"),
        (
            "shippingRequests",
            "cancellation",
            "x",
            {"cancellationStatus": "refused"},
            "Cancellation came too late",
        ),
        ("somethingNew", "wentRound", "x", {}, "Went round (something new)"),
    ],
)
def test_what_happened(entity: str, operation: str, author: str, after: Any, said: str) -> None:
    assert title(entity, operation, author=author, after=after) == said
