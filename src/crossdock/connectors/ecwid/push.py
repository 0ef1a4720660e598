"""Writing to Ecwid: stock as differences, shipments, products. What to write is planned elsewhere, purely.

Facts: ecwid-api/products.md §6 and §7, orders.md §7, batch.md, conventions.md §12 and §13.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct

from crossdock.canon import FulfillmentState, Product
from crossdock.connectors.contract import (
    Account,
    Applied,
    Outcome,
    RemoteRecord,
    StockChange,
    StockReading,
    Write,
)
from crossdock.connectors.ecwid import plan, translate, wire
from crossdock.connectors.ecwid.client import Client
from crossdock.connectors.ecwid.pull import PAGE_SIZE, OrderSource, ProductSource
from crossdock.connectors.ecwid.routes import Call, planned_calls, product_path, split_unit, unit_path
from crossdock.connectors.errors import ConnectorError, Gone, InDoubt, Refused, Retry, Unreadable

STOCK_FIELDS = (
    "id,sku,quantity,unlimited,locationInventory,combinations(id,sku,quantity,unlimited,locationInventory)"
)


class _Confirmation(Struct):
    """What Ecwid answers to a write, in all spellings (conventions.md §12)."""

    id: int | str | None = None
    updated: int | None = msgspec.field(default=None, name="updateCount")
    success: bool | None = None
    warning: str | None = None

    @property
    def confirms(self) -> bool:
        """True when the answer says anything of what came of the write."""
        return self.id is not None or self.updated is not None or self.success is not None


class Stock:
    """Stock figures: read per product in one call, written as differences so that no sale is overwritten."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._behind_queue = True
        # A batch that was sent by a process which has since died, or whose answer was lost, may still
        # wait in the store's queue. A read that queues up behind it sees what it did.

    def read(self, remote_ids: Sequence[str]) -> Mapping[str, StockReading | ConnectorError]:
        """Read stock by id; one inner call per product however many of its variations are asked for.

        The first read of a session, and the first after a lost answer, goes through the batch queue, and
        so comes after every write sent before, by whomever.
        """
        readings: dict[str, StockReading | ConnectorError] = {}
        units: dict[str, list[str]] = {}
        for remote_id in dict.fromkeys(remote_ids):
            try:
                units.setdefault(product_path(remote_id), []).append(remote_id)
            except Refused as error:
                readings[remote_id] = error
        calls = [Call(method="GET", path=path, query={"responseFields": STOCK_FIELDS}) for path in units]
        for asked, answer in zip(units.values(), self._ask(calls), strict=True):
            readings |= _readings(asked, answer)
        return readings

    def adjust(self, changes: Sequence[StockChange], key: str) -> Mapping[str, Outcome]:
        """Apply differences; a unit that is named twice is moved once, by the sum.

        `key` makes a repeat of the same call harmless where it went through a batch. `InDoubt` stands for
        those whose answer was lost: read again before planning anew.
        """
        deltas: dict[str, int] = {}
        for change in changes:
            deltas[change.remote_id] = deltas.get(change.remote_id, 0) + change.delta
        outcomes: dict[str, Outcome] = {}
        calls: dict[str, Call] = {}
        for remote_id, delta in deltas.items():
            try:
                path = f"{unit_path(remote_id)}/inventory"
            except Refused as error:
                outcomes[remote_id] = error
                continue
            if delta:
                calls[remote_id] = Call(method="PUT", path=path, body={"quantityDelta": delta})
            else:
                outcomes[remote_id] = Applied(remote_id=remote_id)
        answers = self._client.call_many(list(calls.values()), key) if calls else []
        outcomes |= {one: _adjusted(one, answer) for one, answer in zip(calls, answers, strict=True)}
        if any(isinstance(outcome, InDoubt) for outcome in outcomes.values()):
            self._behind_queue = True
        return outcomes

    def _ask(self, calls: Sequence[Call]) -> Sequence[bytes | ConnectorError]:
        if not calls:
            return []
        if not self._behind_queue:
            return self._client.call_many(calls)
        answers = self._client.call_in_queue(calls)
        self._behind_queue = any(isinstance(answer, Retry) for answer in answers)
        return answers


class Fulfillments:
    """Shipments, reported as status and tracking of an order."""

    def __init__(self, client: Client, orders: OrderSource) -> None:
        self._client = client
        self._orders = orders

    def read(self, remote_ids: Sequence[str]) -> Mapping[str, RemoteRecord | ConnectorError]:
        """Read the orders by id, current to the moment."""
        return self._orders.by_id(remote_ids)

    def plan(self, record: RemoteRecord, desired: FulfillmentState, options: Mapping[str, object]) -> Write:
        """Return the write that makes the order say `desired`; kind ``none`` if it does. Pure."""
        return plan.fulfillment(record, desired, options)

    def apply(self, writes: Sequence[Write]) -> Mapping[str, Outcome]:
        """Send the writes; answers by `Write.key`."""
        return _apply(self._client, writes)


class Products:
    """Products, created and updated with their variations."""

    def __init__(self, client: Client, products: ProductSource) -> None:
        self._client = client
        self._products = products

    def read(self, remote_ids: Sequence[str]) -> Mapping[str, RemoteRecord | ConnectorError]:
        """Read the products by id, current to the moment."""
        return self._products.by_id(remote_ids)

    def find(self, product: Product) -> str | None:
        """Return the id of a product that an earlier, unconfirmed create made; None if search shows none.

        Search trails writes (`Manifest.search_lag`): only an answer given that long after the create
        tells that there is none. Raises `Refused` where it cannot be told: without any SKU, or when
        several products carry it.
        """
        sku = product.sku or next((variant.sku for variant in product.variants if variant.sku), "")
        if not sku.strip():
            raise Refused(
                f"Whether Ecwid already has {product.name!r} cannot be told without a SKU. Give it one.",
                code="blankSku",
                field="sku",
            )
        query = {
            "sku": sku,
            "offset": "0",
            "limit": str(PAGE_SIZE),
            "responseFields": "total,count,offset,limit,items(id,sku,name)",
        }
        found = _matching(self._client.call(Call(method="GET", path="/products", query=query)), product)
        if len(found) > 1:
            raise Refused(
                f"Several products in Ecwid have the SKU {sku!r} ({', '.join(found)}): link the right "
                "one, or give each its own.",
                code="duplicateSku",
                field="sku",
            )
        return found[0] if found else None

    def plan(self, record: RemoteRecord | None, desired: Product, account: Account) -> Write:
        """Return the write that makes the product say `desired`; create when `record` is None. Pure."""
        return plan.product(record, desired, account)

    def apply(self, writes: Sequence[Write]) -> Mapping[str, Outcome]:
        """Send the writes; answers by `Write.key`; a create's `Applied.remote_id` is the new id."""
        return _apply(self._client, writes)


def _readings(
    asked: Sequence[str], answer: bytes | ConnectorError
) -> Mapping[str, StockReading | ConnectorError]:
    """Read one product's answer for the units that were asked for."""
    if isinstance(answer, ConnectorError):
        return dict.fromkeys(asked, answer)
    try:
        found = translate.stock(answer)
    except Unreadable as error:
        return dict.fromkeys(asked, error)
    return {
        one: found.get(one, Gone("This variation no longer exists in Ecwid.", remote_id=one)) for one in asked
    }


def _adjusted(remote_id: str, answer: bytes | ConnectorError) -> Outcome:
    if isinstance(answer, ConnectorError):
        return answer
    said = _confirmation(answer)
    if said is None or said.updated is None:
        return InDoubt("Ecwid did not say what came of the adjustment.", remote_id=remote_id)
    if said.updated == 0:
        return Refused(
            "Ecwid moved nothing: it does not track this unit's stock. Switch its stock control on there.",
            code="stockNotTracked",
            remote_id=remote_id,
        )
    return Applied(remote_id=remote_id, warning=said.warning or "")


class _Task:
    """One write under way: its calls are sent one after another, its outcome is known at the end."""

    def __init__(self, write: Write) -> None:
        self.write = write
        self.calls = list(planned_calls(write.request)) if write.kind != "none" else []
        self.remote_id = write.remote_id
        self.warnings: list[str] = []
        self.outcome: Outcome | None = None
        self._settle()

    def next_call(self) -> Call:
        """Return the next call; ``{id}`` in its path is the product's id, known once it was made."""
        call = self.calls[0]
        if "{id}" not in call.path:
            return call
        product_id, _ = split_unit(self.remote_id)
        return msgspec.structs.replace(call, path=call.path.replace("{id}", product_id))

    def take(self, answer: bytes | ConnectorError) -> None:
        """Take the answer to the next call."""
        creates = self.write.kind == "create" and not self.remote_id
        said = None if isinstance(answer, ConnectorError) else _confirmation(answer)
        if not isinstance(answer, ConnectorError) and (said is None or (creates and not _new_id(said))):
            answer = InDoubt("Ecwid did not say what came of the write.", remote_id=self.remote_id)
        if isinstance(answer, ConnectorError):
            self._fail(answer, creates=creates)
            return
        if said is not None:
            if creates:
                self.remote_id = _new_id(said)
            elif said.updated == 0:
                self.warnings.append("Ecwid says that nothing was changed.")
            if said.warning:
                self.warnings.append(said.warning)
        del self.calls[0]
        self._settle()

    def _fail(self, error: ConnectorError, *, creates: bool) -> None:
        """A product that was made stays made, whatever came after: its id must not be lost."""
        if self.write.kind == "create" and not creates:
            self.warnings.append(f"The product was created, but not completed: {error.reason}")
            self.calls.clear()
            self._settle()
        else:
            self.outcome = error

    def _settle(self) -> None:
        if not self.calls:
            self.outcome = Applied(remote_id=self.remote_id, warning=" ".join(dict.fromkeys(self.warnings)))


def _apply(client: Client, writes: Sequence[Write]) -> Mapping[str, Outcome]:
    """Send the writes in rounds: the first calls of all together, then the second ones, and so on."""
    outcomes: dict[str, Outcome] = {}
    tasks: list[_Task] = []
    for write in writes:
        try:
            tasks.append(_Task(write))
        except Refused as error:
            outcomes[write.key] = error
    while waiting := [task for task in tasks if task.outcome is None]:
        round_: list[tuple[_Task, Call]] = []
        for task in waiting:
            try:
                round_.append((task, client.allowed(task.next_call())))
            except Refused as error:
                task.outcome = error
        answers = client.call_many([call for _, call in round_]) if round_ else []
        for (task, _), answer in zip(round_, answers, strict=True):
            task.take(answer)
    return outcomes | {task.write.key: task.outcome for task in tasks if task.outcome is not None}


def _confirmation(answer: bytes) -> _Confirmation | None:
    try:
        said = msgspec.json.decode(answer, type=_Confirmation)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return said if said.confirms else None


def _new_id(said: _Confirmation) -> str:
    text = str(said.id or "")
    return text if text.isascii() and text.isdigit() else ""


class _Found(Struct):
    id: int | str | None = None
    sku: str | None = None
    name: str | None = None


def _matching(body: bytes, product: Product) -> list[str]:
    """Return the products that could be this one: the same SKU, or for a product without, the same name."""
    try:
        page = wire.decode_page(body)
    except Unreadable as error:
        raise Retry(f"Ecwid's answer to a search by SKU is no list ({error.reason}).") from error
    found: list[str] = []
    for raw in page.items:
        try:
            item = msgspec.json.decode(raw, type=_Found)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        same = item.sku == product.sku if product.sku else item.name == product.name
        if same and item.id is not None:
            found.append(str(item.id))
    return found
