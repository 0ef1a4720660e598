"""What was promised, held against the store's own truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Q, Sum
from procrastinate.contrib.django.models import ProcrastinateJob

from crossdock.demo.life import STREET, Happened
from crossdock.demo.store import Doc, Store
from crossdock.hub.models import (
    ExceptionCase,
    Fulfillment,
    Integration,
    InventoryRecord,
    Link,
    Order,
    OrderLine,
    Product,
    Run,
    WebhookDelivery,
)
from crossdock.hub.shipping.fulfillments import fulfillment_state
from crossdock.hub.stock.availability import channel_figures
from crossdock.hub.stock.inventory import check_ledger

MOST_DIFFERENCES = 10
LIMIT_SECONDS = 60.0
CALLS_PER_MINUTE = 600
SHIPPING_MAILS = ("orderShipped", "orderIsReadyForPickup")
PARTIAL: tuple[str, ...] = ("PROCESSING",)
COMPLETE: dict[str, tuple[str, ...]] = {
    "shipping": ("SHIPPED", "DELIVERED"),
    "pickup": ("READY_FOR_PICKUP", "DELIVERED"),
    "delivery": ("OUT_FOR_DELIVERY", "DELIVERED"),
    "none": ("DELIVERED",),
}


SHOWN = {
    "willNotDeliver": ("fulfillmentStatus", "WILL_NOT_DELIVER"),
    "partlyRefunded": ("paymentStatus", "PARTIALLY_REFUNDED"),
}
"""Exceptions that an invented order may call for, and what the store then says of it."""


@dataclass(frozen=True)
class Promise:
    """One promise: its sentence, the numbers compared, and where they differ when it was not kept."""

    sentence: str
    compared: Mapping[str, int]
    differences: tuple[str, ...] = ()

    @property
    def kept(self) -> bool:
        """Whether nothing differs."""
        return not self.differences


@dataclass
class Truth:
    """What the store says of itself, read once when all is quiet."""

    store: Store
    orders: dict[str, Doc] = field(default_factory=dict)
    products: list[Doc] = field(default_factory=list)
    stock: dict[str, Doc] = field(default_factory=dict)
    mails: list[Doc] = field(default_factory=list)
    calls: list[Doc] = field(default_factory=list)
    webhooks: Doc = field(default_factory=dict)

    def read(self) -> Truth:
        """Read everything."""
        store = self.store
        self.orders = store.orders()
        self.products, self.stock, self.mails = store.products(), store.stock(), store.mails()
        self.calls, self.webhooks = store.calls(), store.webhooks()
        return self


def verify(truth: Truth, integration: Integration, happened: Happened) -> list[Promise]:
    """Check every promise."""
    return [
        _orders_once(truth, integration),
        _orders_stand(truth, integration, happened),
        _fulfillments(truth, integration),
        _mails(truth, integration),
        _stock(truth, integration),
        _sold_meanwhile(truth, happened, integration),
        _ledger(integration),
        _lines_add_up(integration),
        _asked_once(integration),
        _products_once(truth, integration, happened),
        _webhooks(truth, integration),
        _exceptions(truth, integration),
        _runs(integration),
        _calls(truth),
    ]


def _orders_once(truth: Truth, integration: Integration) -> Promise:
    stored = Counter(
        Order.objects.filter(integration=integration, deleted_at=None).values_list("ext_order_id", flat=True)
    )
    links = Link.objects.filter(integration=integration, entity="orders", tombstoned_at=None)
    linked = Counter(links.values_list("record_id", flat=True))
    differences = [f"order {number} is not in the hub" for number in truth.orders if number not in stored]
    differences += [
        f"order {number} is in the hub, not in the store" for number in stored if number not in truth.orders
    ]
    differences += [
        f"order {number} is in the hub {count} times" for number, count in stored.items() if count > 1
    ]
    differences += [
        f"hub order {record:016x} has {count} links" for record, count in linked.items() if count > 1
    ]
    return _promise(
        "every order in the store is in the hub exactly once",
        {"store": len(truth.orders), "hub": stored.total(), "links": linked.total()}, differences,
    )  # fmt: skip


def _orders_stand(truth: Truth, integration: Integration, happened: Happened) -> Promise:
    differences, equal = [], 0
    for order in Order.objects.filter(integration=integration, ext_order_id__in=truth.orders).iterator():
        row = truth.orders[order.ext_order_id]
        pairs = {
            "payment": (_camel(row.get("paymentStatus")), order.payment_status),
            "fulfillment": (_camel(row.get("fulfillmentStatus")), order.fulfillment_status),
            "total": (_cents(row.get("total")), _cents(order.total_price)),
        }
        if order.ext_order_id == happened.edited:
            address = order.canonical.get("shippingAddress")
            pairs["street"] = (STREET, address.get("address1") if isinstance(address, dict) else None)
        if order.ext_order_id == happened.canceled:
            pairs["status"] = ("canceled", order.status)
        wrong = [
            f"{name} is {ours!r}, in the store {theirs!r}"
            for name, (theirs, ours) in pairs.items()
            if theirs != ours
        ]
        equal += not wrong
        if wrong:
            differences.append(f"order {order.ext_order_id}: " + "; ".join(wrong))
    return _promise(
        "every order stands as it stands in the store, to the cent",
        {"store": len(truth.orders), "equal": equal}, differences,
    )  # fmt: skip


def _fulfillments(truth: Truth, integration: Integration) -> Promise:
    differences: list[str] = []
    parcels = list(
        Fulfillment.objects.filter(order__integration=integration).select_related("order__integration")
    )
    there = 0
    for parcel in parcels:
        row = truth.orders.get(parcel.order.ext_order_id, {})
        tracking = str(row.get("trackingNumber") or "")
        complete = fulfillment_state(parcel.order).complete
        wanted = COMPLETE[parcel.order.method] if complete else PARTIAL
        status = str(row.get("fulfillmentStatus"))
        if parcel.tracking_number not in tracking.split(", "):
            differences.append(
                f"order {parcel.order.ext_order_id} lacks {parcel.tracking_number}: it says {tracking!r}"
            )
        elif status not in wanted:
            differences.append(f"order {parcel.order.ext_order_id} says {status}, not {' or '.join(wanted)}")
        else:
            there += 1
    return _promise(
        "every fulfillment is on its order in the store: tracking and status",
        {"hub": len(parcels), "store": there}, differences,
    )  # fmt: skip


def _mails(truth: Truth, integration: Integration) -> Promise:
    parcels = Counter(
        Fulfillment.objects.filter(order__integration=integration).values_list(
            "order__ext_order_id", flat=True
        )
    )
    mails = Counter(str(mail["orderId"]) for mail in truth.mails if mail["kind"] in SHIPPING_MAILS)
    differences = [
        f"order {number}: {count} parcels, {mails[number]} mails"
        for number, count in parcels.items()
        if mails[number] != count
    ]
    sent = sum(mails[number] for number in parcels)
    return _promise(
        "every parcel's buyer got one mail", {"parcels": parcels.total(), "mails": sent}, differences
    )


def _stock(truth: Truth, integration: Integration) -> Promise:
    links = Link.objects.filter(integration=integration, entity="products", tombstoned_at=None)
    skus = list(
        Product.objects.filter(pk__in=links.values("record_id")).exclude(sku="").values_list("sku", flat=True)
    )
    figures = channel_figures(integration, skus)
    differences, equal, tracked, unlimited = [], 0, 0, 0
    for sku, figure in sorted(figures.items()):
        level = truth.stock.get(sku, {})
        if figure.state == "unlimited":
            unlimited += 1
            if not level.get("unlimited"):
                differences.append(f"{sku}: unlimited here, {level.get('quantity')} in the store")
        elif figure.state == "tracked":
            tracked += 1
            theirs = level.get("quantity")
            equal += theirs == figure.quantity
            if theirs != figure.quantity:
                differences.append(
                    f"{sku}: {figure.quantity} here, {theirs} in the store ({dict(figure.terms)})"
                )
    return _promise(
        "every pushed stock figure equals the store's",
        {"hub": tracked, "equal": equal, "unlimited": unlimited}, differences,
    )  # fmt: skip


def _sold_meanwhile(truth: Truth, happened: Happened, integration: Integration) -> Promise:
    """What was sold while a shelf was counted is missing from the count on both sides, once."""
    differences, kept = [], 0
    records = {
        record.sku: record
        for record in InventoryRecord.objects.filter(
            organization=integration.organization, sku__in=happened.counted
        )
    }
    for sku, counted in happened.counted.items():
        record, left = records[sku], truth.stock.get(sku, {}).get("quantity")
        if (
            record.on_hand == counted
            and left == counted - record.committed
            and record.committed >= happened.sold_meanwhile[sku]
        ):
            kept += 1
        else:
            differences.append(
                f"{sku}: counted {counted}, sold {happened.sold_meanwhile[sku]} meanwhile; here "
                f"{record.on_hand} on hand with {record.committed} committed, {left} left in the store"
            )
    return _promise(
        "a sale at the moment of a count is not lost, on either side", {"counted": len(happened.counted), "kept": kept},
        differences,
    )  # fmt: skip


def _ledger(integration: Integration) -> Promise:
    records = InventoryRecord.objects.filter(organization=integration.organization).count()
    wrong = [str(mismatch) for mismatch in check_ledger(integration.organization_id)]
    return _promise("every figure is the sum of its ledger", {"records": records, "wrong": len(wrong)}, wrong)


def _lines_add_up(integration: Integration) -> Promise:
    """Of each line, what was ordered is what has shipped, what was cancelled, and what is open."""
    rows = OrderLine.objects.filter(order__integration=integration, requires_shipping=True, quantity__gte=0)
    wrong = [
        f"order {line.order.ext_order_id}, {line.sku or line.name}: {line.quantity} ordered, {line.fulfilled} "
        f"shipped, {line.canceled} cancelled, {line.open} open"
        for line in rows.select_related("order").order_by("pk").iterator()
        if line.quantity != line.fulfilled + line.canceled + line.open
    ]
    return _promise(
        "of each line, ordered is shipped, cancelled and open together",
        {"lines": rows.count(), "wrong": len(wrong)}, wrong,
    )  # fmt: skip


def _asked_once(integration: Integration) -> Promise:
    """No warehouse is asked for a unit that another one is asked for, or that nobody ordered."""
    rows = OrderLine.objects.filter(order__integration=integration, request_lines__isnull=False).distinct()
    live = Q(request_lines__request__canceled_at=None)
    asked = Sum("request_lines__quantity", filter=live) - Sum("request_lines__rejected", filter=live)
    wrong = [
        f"order {line.order.ext_order_id}, {line.sku}: {line.quantity} ordered, {line.asked} asked for"
        for line in rows.annotate(asked=asked).select_related("order").order_by("pk")
        if (line.asked or 0) > line.quantity
    ]
    return _promise("no unit is asked for twice", {"lines": rows.count(), "wrong": len(wrong)}, wrong)


def _products_once(truth: Truth, integration: Integration, happened: Happened) -> Promise:
    links = Link.objects.filter(integration=integration, entity="products", tombstoned_at=None)
    linked = Counter(remote for remote in links.values_list("remote_id", flat=True) if ":" not in remote)
    there = Counter(str(row["id"]) for row in truth.products)
    differences = [
        f"product {number} of the store is not in the hub" for number in there if number not in linked
    ]
    differences += [
        f"product {number} is linked but not in the store" for number in linked if number not in there
    ]
    doubled = Counter(links.values_list("record_id", flat=True))
    differences += [
        f"hub product {record:016x} has {count} links" for record, count in doubled.items() if count > 1
    ]
    units = Counter(
        str(part.get("sku"))
        for row in truth.products
        for part in (row, *(row.get("combinations") or []))
        if part.get("sku")
    )
    for sku in happened.new_skus:
        if units[sku] != 1:
            differences.append(f"{sku}, new in the hub, is in the store {units[sku]} times")
    return _promise(
        "each product is there once, on both sides",
        {"store": there.total(), "hub": linked.total()},
        differences,
    )


def _webhooks(truth: Truth, integration: Integration) -> Promise:
    attempts = truth.webhooks["attempts"]
    refused = [
        f"{row['eventType']} {row['eventId']}: {row['status'] or row['error']}"
        for row in attempts
        if row["status"] != 200
    ]
    deliveries = WebhookDelivery.objects.filter(integration=integration)
    repeats = sum(deliveries.values_list("repeats", flat=True))
    return _promise(
        "every webhook was answered at once, a repeat counted once",
        {"sent": len(attempts), "kept": deliveries.count(), "repeats": repeats}, refused,
    )  # fmt: skip


def _exceptions(truth: Truth, integration: Integration) -> Promise:
    """Open exceptions are fine where the store itself shows their cause: it was made with odd orders."""
    cases = ExceptionCase.objects.filter(
        organization=integration.organization, status=ExceptionCase.Status.ACTIVE
    )
    orders = Order.objects.filter(integration=integration).values_list("ext_order_api_id", "ext_order_id")
    numbers = {f"orders:{remote_id}": number for remote_id, number in orders}
    unexplained = []
    for case in cases:
        row = truth.orders.get(numbers.get(case.subject, ""), {})
        field, value = SHOWN.get(case.code, ("", ""))
        if field and row.get(field) == value:
            continue
        unexplained.append(f"{case.code} of {case.subject}: {case.message}")
    return _promise(
        "no exception is open whose cause the store does not show",
        {"open": cases.count(), "unexplained": len(unexplained)}, unexplained,
    )  # fmt: skip


def _runs(integration: Integration) -> Promise:
    """Runs that failed are listed even where the next one made up for them."""
    runs = Run.objects.filter(flow__integration=integration).select_related("flow")
    failed = [
        f"{run.flow} {run.key}: {run.outcome}, {run.message}"
        for run in runs.filter(outcome__in=[Run.Outcome.FAILED, Run.Outcome.ABANDONED]).order_by("pk")
    ]
    jobs = ProcrastinateJob.objects.filter(status="failed").values_list("task_name", flat=True)
    failed += [f"a job failed: {name}" for name in jobs]
    return _promise("every run ran through", {"runs": runs.count(), "failed": len(failed)}, failed)


def _calls(truth: Truth) -> Promise:
    refused = [
        f"{row['method']} {row['path']} was answered 429" for row in truth.calls if row["status"] == 429
    ]
    peak = busiest_minute(float(row["at"]) for row in truth.calls if not row["ticket"])
    if peak > CALLS_PER_MINUTE:
        refused.append(f"{peak} calls in one minute, {CALLS_PER_MINUTE} are allowed")
    return _promise(
        "the store's limit of calls was respected",
        {"calls": len(truth.calls), "busiestMinute": peak, "limit": CALLS_PER_MINUTE}, refused,
    )  # fmt: skip


def busiest_minute(moments: Iterable[float]) -> int:
    """Return the most calls within any sliding minute; `moments` in seconds."""
    ordered = sorted(moments)
    start, most = 0, 0
    for end, moment in enumerate(ordered):
        while moment - ordered[start] > LIMIT_SECONDS:
            start += 1
        most = max(most, end - start + 1)
    return most


def _promise(sentence: str, compared: Mapping[str, int], differences: list[str]) -> Promise:
    shown = differences[:MOST_DIFFERENCES]
    if len(differences) > len(shown):
        shown.append(f"and {len(differences) - len(shown)} more")
    return Promise(sentence, compared, tuple(shown))


def _camel(status: object) -> str:
    first, *rest = str(status or "").lower().split("_")
    return first + "".join(word.capitalize() for word in rest)


def _cents(amount: object) -> Decimal:
    return Decimal(str(amount or 0)).quantize(Decimal("0.01"))
