"""Every field that an event can carry is called something by people, whoever writes it down."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import get_args, get_type_hints

import msgspec
import pytest
from tests.unit.portal.words.test_happenings import SOURCE, WRITERS

from crossdock.canon import Location, Order, Product
from crossdock.flows.connecting import connectors
from crossdock.hub.organizations import CHOICES
from crossdock.hub.places.settings import SWITCHES
from crossdock.hub.stock.channel_limits import _COLUMNS as LIMITS
from crossdock.hub.stock.figures import EXPECTED, SHELVES
from crossdock.portal.views.integrations.setting_fields import _defaults as settings_of
from crossdock.portal.words.fields import field_name, is_named
from crossdock.routing.card_book import WRITABLE

SIDES = {"before", "after"}
KEPT_IN = SIDES | {"was", "now", "facts", "canonical"}
"""What the sides of an event are called before they are written."""
DOCUMENTS = ("hub/documents/rule.py", "hub/mappings/book.py")
TOLD = {"body", "found", "sent"}
"""What Ecwid is told of a product or an order, in `connectors/ecwid/plan`."""


def _fields(struct: type[msgspec.Struct]) -> Iterator[str]:
    """The names of a record's fields, and of its parts' fields, in documents."""
    hints = get_type_hints(struct)
    for field in msgspec.structs.fields(struct):
        yield field.encode_name
        for part in (hints[field.name], *get_args(hints[field.name])):
            if isinstance(part, type) and issubclass(part, msgspec.Struct) and part is not struct:
                yield from _fields(part)


def _keys(node: ast.AST) -> Iterator[str]:
    """The names that dictionaries within a piece of code are given."""
    for part in ast.walk(node):
        for key in part.keys if isinstance(part, ast.Dict) else ():
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield key.value


def _named(target: ast.expr) -> str:
    """The name of what is assigned to; of ``after["x"]`` the name in front."""
    inner = target.value if isinstance(target, ast.Subscript) else target
    return inner.id if isinstance(inner, ast.Name) else ""


def _assigned(tree: ast.AST, names: set[str]) -> Iterator[str]:
    """The fields that are put into what is called one of `names`."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) or node.value is None:
            continue
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if _named(target) not in names:
                continue
            yield from _keys(node.value)
            if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
                yield str(target.slice.value)


def _writes(tree: ast.AST) -> Iterator[str]:
    """The fields that a module writes into events."""
    sides = [
        one.value
        for node in ast.walk(tree) if isinstance(node, ast.Call)
        for name in [node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")]
        if name in WRITERS
        for one in node.keywords if one.arg in SIDES
    ]  # fmt: skip
    if not sides:
        return
    yield from _assigned(tree, KEPT_IN)
    makers = {part.id for side in sides for part in ast.walk(side) if isinstance(part, ast.Name)}
    for side in sides:
        yield from _keys(side)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name in makers:
            yield from _keys(node)


def _in_code() -> Iterator[tuple[str, str]]:
    for path in sorted(SOURCE.rglob("*.py")):
        tree, where = ast.parse(path.read_text(encoding="utf-8")), path.relative_to(SOURCE).as_posix()
        names = list(_writes(tree))
        if where in DOCUMENTS:
            names += _keys(tree)
        if where.startswith("connectors/ecwid/plan/"):
            names += _assigned(tree, TOLD)
        yield from ((where, name) for name in names)


def _elsewhere() -> Iterator[tuple[str, str]]:
    for kind in (Order, Product, Location):
        yield from ((kind.__name__, name) for name in _fields(kind))
    for names in (CHOICES, SWITCHES, LIMITS, SHELVES, EXPECTED, WRITABLE):
        yield from (("settings and figures", name) for name in names)
    for manifest in connectors():
        yield from ((manifest.key, option.name) for option in manifest.options)
        yield from ((manifest.key, name) for name in settings_of(manifest))


def test_every_field_that_an_event_can_carry_has_a_name() -> None:
    carried = [*_in_code(), *_elsewhere()]
    assert len({name for _, name in carried}) > 150
    entity = {"settings and figures": "", **{manifest.key: "integrations" for manifest in connectors()}}
    unnamed = {one for one in carried if not is_named(one[1], entity.get(one[0], ""))}
    assert {name for _, name in unnamed} == set(), sorted(unnamed)


@pytest.mark.parametrize(
    ("name", "entity", "called"),
    [
        ("extOrderUpdatedAt", "orders", "Changed in the store"),
        ("shippingAddress.city", "orders", "Shipping address, city"),
        ("lineItems.sku", "orders", "Lines, SKU"),
        ("buffer", "products", "Hold back"),
        ("buffer", "integrations", "Buffer, in units"),
        ("notifyBuyer", "integrations", "Let Ecwid mail the buyer"),
        ("enabled", "products", "On sale"),
        ("variation TEA-1.5-L", "products", "Variation TEA-1.5-L"),
        ("giftWrapWanted", "orders", "Gift wrap wanted"),
    ],
)
def test_what_fields_are_called(name: str, entity: str, called: str) -> None:
    assert field_name(name, entity) == called
