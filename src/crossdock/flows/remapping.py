"""Mapping rules on stored documents: trying one on an order, and applying those there are to orders here already.

Nothing is read from the outside system. Orders are read anew only when somebody asks for it, and only those of which
nothing has gone to a warehouse or has left: what is on its way stays as it was told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import msgspec
from django.db import connection, transaction

from crossdock.canon import Order as CanonOrder
from crossdock.connectors.contract import Account, RemoteRecord, Source
from crossdock.connectors.errors import Refused, Unreadable
from crossdock.flows.foresight import reading, translated
from crossdock.flows.offline import offline
from crossdock.flows.opening import account_of, as_store
from crossdock.flows.pull import PAGE_LOCK
from crossdock.hub.events import record_event
from crossdock.hub.intake import Incoming, KnownLink, Origin, known_links
from crossdock.hub.mappings.book import Draft, MappingError, active_rules, checked
from crossdock.hub.mappings.own import CODE, OwnRule, Result, applied, evaluate
from crossdock.hub.mappings.paths import leaves, read_document
from crossdock.hub.mappings.targets import FIELDS, fill, present
from crossdock.hub.models import Flow, Integration, Order, SourceDocument
from crossdock.hub.orders.remapping import lock_untouched, remap_orders, untouched_orders
from crossdock.hub.vault import SecretUnreadable

USUAL = 200
MOST = 2_000
SHOWN = 25
CHUNK = 50
"""Orders to a transaction: a pull of the same integration waits for one of these at most."""
MOST_LEAVES = 400


# -- trying ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trial:
    """What a rule makes of one order: what the connector alone has at the target, and what the rule would leave there.

    `offered` are paths of the order's document, each with its value.
    """

    order: Order
    result: Result
    baseline: Sequence[str]
    own: Sequence[str]
    offered: Sequence[tuple[str, str]]


def newest_order(integration: Integration) -> Order | None:
    """Return the newest order that the integration brought."""
    return Order.objects.filter(integration=integration).order_by("-ext_order_created_at", "-pk").first()


def offered_paths(order: Order) -> list[tuple[str, str]]:
    """Return the paths of an order's source document, each with its value; empty where it has none."""
    body = _bodies([order]).get(order.ext_order_api_id)
    return [] if body is None else leaves(read_document(body), MOST_LEAVES)


def try_rule(integration: Integration, order: Order, draft: Draft) -> Trial:
    """Return what a rule would make of an order's stored document; changes nothing. Raises `MappingError`."""
    if order.integration_id != integration.pk:
        raise MappingError(
            "order", f"{order.ext_order_id} was not brought by {integration.name}; name one that was"
        )
    rule = checked(draft)
    with _translation(integration) as translate:
        found = translate.of(order)
    if isinstance(found, str):
        raise MappingError("order", f"{order.ext_order_id} cannot be tried: {found}")
    document = read_document(found.document)
    result = evaluate(rule, document)
    own = found.record if result.values is None else fill(rule.target, found.record, result.values)
    return Trial(
        order,
        result,
        present(rule.target, found.record),
        present(rule.target, own),
        leaves(document, MOST_LEAVES),
    )


# -- applying ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Differing:
    """One order that would change: its fields as they are, and as they would be."""

    order: Order
    before: Mapping[str, object]
    after: Mapping[str, object]


@dataclass
class Remapping:
    """What applying the rules does to orders that are here: of `in_all` open ones, `looked_at` were looked at.

    `changed` would change (or did), `same` would not; `left` says of the others, in words, why they stay as they
    are, and how many. With `unusable` a rule found what it cannot use, so the connector's value stands. `examples`
    are the first of what changes.
    """

    in_all: int = 0
    looked_at: int = 0
    changed: int = 0
    same: int = 0
    unusable: int = 0
    left: Counter[str] = field(default_factory=Counter)
    examples: list[Differing] = field(default_factory=list)


def plan_remapping(integration: Integration, *, limit: int = USUAL, order: Order | None = None) -> Remapping:
    """Return what `apply_remapping` would do to the newest `limit` open orders, or to one. Raises `MappingError`."""
    planned = Remapping()
    rules = active_rules(integration.pk, "orders")
    with _translation(integration) as translate:
        for orders in _chunks(_chosen(integration, planned, limit, order)):
            _weigh(translate, rules, orders, planned)
    return planned


def apply_remapping(
    integration: Integration, *, author: str, limit: int = USUAL, order: Order | None = None, reason: str = ""
) -> Remapping:
    """Apply the rules as they are now to the newest `limit` open orders, or to one; returns what was done.

    What has gone to a warehouse meanwhile is left alone. Raises `MappingError`.
    """
    done = Remapping()
    flow = Flow.objects.filter(integration=integration, entity="orders", direction="pull").first()
    if flow is None:
        raise MappingError("integration", f"{integration.name} brings no orders, so there is nothing to map")
    origin = Origin(integration, None, author)
    with _translation(integration) as translate:
        for chosen in _chunks(_chosen(integration, done, limit, order)):
            with transaction.atomic():
                _wait_for_pulls(flow)
                rules = active_rules(integration.pk, "orders")
                orders = lock_untouched(integration, [one.pk for one in chosen])
                gone = len(chosen) - len(orders)
                if gone:
                    done.looked_at += gone
                    done.left["something of it has gone out meanwhile"] += gone
                changed, same = _weigh(translate, rules, orders, done)
                remap_orders(origin, flow, changed, same)
    record_event(
        integration.organization_id, "integrations", integration.pk, "mappingsApplied", author=author, reason=reason,
        after={"orders": done.changed, "lookedAt": done.looked_at},
    )  # fmt: skip
    return done


def _wait_for_pulls(flow: Flow) -> None:
    """Hold back the pages of the flow: what one stores, the other must see (`flows/pull.py`)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [PAGE_LOCK, flow.pk & 0x7FFFFFFF])


def _chosen(integration: Integration, into: Remapping, limit: int, order: Order | None) -> list[Order]:
    if not 1 <= limit <= MOST:
        raise MappingError("limit", f"{limit} is not from 1 to {MOST:,}")
    open_ones = untouched_orders(integration)
    if order is None:
        into.in_all = open_ones.count()
        return list(open_ones.order_by("-ext_order_created_at", "-pk")[:limit])
    if order.integration_id != integration.pk:
        raise MappingError(
            "order", f"{order.ext_order_id} was not brought by {integration.name}; name one that was"
        )
    found = list(open_ones.filter(pk=order.pk))
    if not found:
        raise MappingError(
            "order",
            f"{order.ext_order_id} is not open any more, or something of it has gone to a warehouse: it stays as it is",
        )
    into.in_all = 1
    return found


def _chunks(orders: Sequence[Order]) -> Iterator[Sequence[Order]]:
    for start in range(0, len(orders), CHUNK):
        yield orders[start : start + CHUNK]


def _weigh(
    translate: _Translation, rules: Sequence[OwnRule], orders: Sequence[Order], into: Remapping
) -> tuple[list[tuple[KnownLink, Incoming[CanonOrder]]], list[Incoming[CanonOrder]]]:
    """Count what the rules make of some orders; return those that differ, with their links, and those that do not."""
    changed: list[tuple[KnownLink, Incoming[CanonOrder]]] = []
    same: list[Incoming[CanonOrder]] = []
    known = known_links(translate.integration, "orders", [order.ext_order_api_id for order in orders])
    translate.prepare(orders)
    for order in orders:
        into.looked_at += 1
        found = translate.of(order)
        link = known.get(order.ext_order_api_id)
        if isinstance(found, str) or link is None:
            into.left[str(found) if isinstance(found, str) else "it was not read from the store"] += 1
            continue
        item = applied(rules, found)
        before, after = _differences(order.canonical, msgspec.json.decode(item.canonical))
        others = sorted(set(before) - FIELDS)
        into.unusable += not others and any(notice.code == CODE for notice in item.notices)
        if others:
            into.left[f"this version reads {', '.join(others)} of it differently, too"] += 1
        elif before:
            into.changed += 1
            into.examples += [Differing(order, before, after)] if len(into.examples) < SHOWN else []
            changed.append((link, item))
        else:
            into.same += 1
            same.append(item)
    return changed, same


def _differences(
    stored: Mapping[str, object], now: Mapping[str, object]
) -> tuple[dict[str, object], dict[str, object]]:
    names = [name for name in {**stored, **now} if (stored.get(name) or None) != (now.get(name) or None)]
    return {name: stored.get(name) for name in names}, {name: now.get(name) for name in names}


# -- what the connector makes of stored documents ----------------------------------------------------------


class _Translation:
    """A connector's own translation of stored documents; it reads nothing from outside."""

    def __init__(self, integration: Integration, source: Source[CanonOrder], account: Account) -> None:
        self.integration, self._source, self._account = integration, source, account
        self._prepared: dict[str, bytes] = {}

    def prepare(self, orders: Sequence[Order]) -> None:
        """Read the documents of some orders at once."""
        self._prepared = _bodies(orders)

    def of(self, order: Order) -> Incoming[CanonOrder] | str:
        """Return what the connector makes of an order's document, or in words why it cannot."""
        if order.ext_order_api_id not in self._prepared:
            self.prepare([order])
        body = self._prepared.get(order.ext_order_api_id)
        if body is None:
            return "it has no source document"
        record = RemoteRecord(
            remote_id=order.ext_order_api_id, updated_at=order.ext_order_updated_at, document=body
        )
        found = translated(self._source, self._account, reading(record))
        return f"its document cannot be read ({found.reason})" if isinstance(found, Unreadable) else found


@contextmanager
def _translation(integration: Integration) -> Iterator[_Translation]:
    """Open the integration's translation. Raises `MappingError` where its connection is not complete."""
    if not integration.credentials or not integration.account:
        raise MappingError("integration", f"{integration.name} is not connected; connect it first")
    try:
        with offline(integration) as session:
            yield _Translation(integration, as_store(session, integration).orders, account_of(integration))
    except (Refused, SecretUnreadable) as error:
        raise MappingError("integration", f"{integration.name} must be connected again: {error}") from error


def _bodies(orders: Sequence[Order]) -> dict[str, bytes]:
    """Return the stored documents of orders of one integration, by the store's id."""
    if not orders:
        return {}
    rows = SourceDocument.objects.filter(
        link__integration=orders[0].integration_id,
        link__entity="orders",
        link__remote_id__in=[order.ext_order_api_id for order in orders],
    )
    return {remote_id: body.encode() for remote_id, body in rows.values_list("link__remote_id", "body")}
