"""Every call this connector may make, with the scope it needs: what is not listed here cannot be sent.

There is no DELETE in the table. `DELETE /products` wipes a catalogue, and an empty id in the path of a
single product would turn into it, so the method does not exist here at all and every id is checked before
it becomes part of a path. Facts: ecwid-api/auth.md §4, orders.md §1, products.md §1, batch.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple, get_args
from urllib.parse import quote, urlencode

import msgspec
from msgspec import Struct

from crossdock.connectors.errors import Refused

Method = Literal["GET", "POST", "PUT"]

_NUMBER = r"[1-9][0-9]{0,18}"
_ORDER = r"[A-Za-z0-9_.~%-]{1,120}"
_RESERVED = frozenset({"last", "deleted"})
"""Words that stand beside order ids in the address space (ecwid-api/orders.md §1)."""


class Call(Struct, frozen=True, kw_only=True):
    """One request: `path` follows the store id, `body` is what will be encoded as JSON (None: no body)."""

    method: Method
    path: str
    query: Mapping[str, str] = {}
    body: object = None

    @property
    def target(self) -> str:
        """The path with its query, as it stands in a batch and in records. It never holds a secret."""
        return f"{self.path}?{urlencode(self.query, quote_via=quote)}" if self.query else self.path

    @property
    def writes(self) -> bool:
        """True when sending it may change something in the store."""
        return self.method != "GET" and self.path != "/batch"


class _Route(NamedTuple):
    method: str
    pattern: re.Pattern[str]
    scope: str


def _routes() -> tuple[_Route, ...]:
    product = f"/products/{_NUMBER}"
    variation = f"{product}/combinations/{_NUMBER}"
    pictures = "(?:image|image/async|gallery|gallery/async)"
    table = (
        ("GET", "/profile", "read_store_profile"),
        ("GET", "/latest-stats", "read_store_profile"),
        ("GET", "/orders", "read_orders"),
        ("GET", "/orders/deleted", "read_orders"),
        ("GET", f"/orders/{_ORDER}", "read_orders"),
        ("PUT", f"/orders/{_ORDER}", "update_orders"),
        ("GET", "/products", "read_catalog"),
        ("GET", "/products/deleted", "read_catalog"),
        ("GET", product, "read_catalog"),
        ("POST", "/products", "create_catalog"),
        ("PUT", product, "update_catalog"),
        ("PUT", f"{product}/inventory", "update_catalog"),
        ("PUT", f"{product}/media", "update_catalog"),
        ("POST", f"{product}/{pictures}", "update_catalog"),
        ("POST", f"{product}/combinations", "create_catalog"),
        ("PUT", variation, "update_catalog"),
        ("PUT", f"{variation}/inventory", "update_catalog"),
        ("POST", f"{variation}/(?:image|image/async)", "update_catalog"),
        ("POST", "/batch", ""),
        ("GET", "/batch", ""),
    )
    return tuple(_Route(method, re.compile(pattern), scope) for method, pattern, scope in table)


ROUTES = _routes()


def scope_for(call: Call) -> str:
    """Return the scope a call needs, empty for none. Raises `Refused` for a call that is not in the table."""
    if call.method in get_args(Method) and call.path.rpartition("/")[2] not in {".", ".."}:
        for route in ROUTES:
            if route.method == call.method and route.pattern.fullmatch(call.path):
                return route.scope
    raise Refused(
        f"This connector does not make the call {call.method} {call.path!r}.",
        code="routeNotAllowed",
        field="path",
    )


def order_path(remote_id: object) -> str:
    """Return the path of one order. Public ids may carry a prefix and suffix, so they are encoded.

    Raises `Refused` for an id that could name anything but one order.
    """
    if not isinstance(remote_id, str) or not remote_id.strip() or remote_id in {".", ".."} | _RESERVED:
        raise Refused(f"{remote_id!r} is not the id of an Ecwid order.", code="badRemoteId", field="remoteId")
    path = f"/orders/{quote(remote_id, safe='')}"
    scope_for(Call(method="GET", path=path))
    return path


def product_path(remote_id: str) -> str:
    """Return the path of the product of a unit: ``123`` and ``123:456`` both give ``/products/123``.

    Raises `Refused` for anything but digits.
    """
    product_id, _ = split_unit(remote_id)
    return f"/products/{product_id}"


def unit_path(remote_id: str) -> str:
    """Return the path of a sellable unit: a product, or a variation as ``productId:combinationId``."""
    product_id, variation_id = split_unit(remote_id)
    return (
        f"/products/{product_id}/combinations/{variation_id}" if variation_id else f"/products/{product_id}"
    )


def split_unit(remote_id: object) -> tuple[str, str]:
    """Split ``123:456`` into product and variation id (empty for a product). Raises `Refused`."""
    match = _UNIT.fullmatch(remote_id) if isinstance(remote_id, str) else None
    if match is None:
        raise Refused(
            f"{remote_id!r} is not the id of an Ecwid product or variation: digits, or digits:digits.",
            code="badRemoteId",
            field="remoteId",
        )
    return match[1], match[2] or ""


_UNIT = re.compile(f"({_NUMBER})(?::({_NUMBER}))?")


def planned_calls(request: Mapping[str, object]) -> tuple[Call, ...]:
    """Read a planned write: ``{"calls": [{"method", "path", "query", "body"}, …]}``, in order.

    Later calls of a create may say ``{id}`` in their path, which becomes the new product's id. Raises
    `Refused` when the plan is not of this form; the routes are checked when the calls are sent.
    """
    try:
        plan = msgspec.convert(request, _Plan)
    except msgspec.ValidationError as error:
        raise Refused(
            f"The planned write cannot be read: {error}.", code="badPlan", field="request"
        ) from None
    return tuple(plan.calls)


class _Plan(Struct, frozen=True):
    calls: list[Call]
