"""Ecwid's order document to the canonical order. Pure; the hot path of a history import."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from urllib.parse import quote

from crossdock.canon import NameValue, Order, OrderLine
from crossdock.canon.money import ZERO, unit
from crossdock.canon.order import Method, Standing
from crossdock.connectors.contract import Account, Notice, RemoteRecord, Translated
from crossdock.connectors.ecwid.translate import people, sums
from crossdock.connectors.ecwid.translate.amounts import charges, discounts, payments, refunds, rounded
from crossdock.connectors.ecwid.translate.currency import known_currency
from crossdock.connectors.ecwid.translate.lines import order_lines
from crossdock.connectors.ecwid.translate.statuses import (
    FULFILLMENT,
    PAYMENT,
    unusual_fulfillment,
    unusual_payment,
)
from crossdock.connectors.ecwid.wire import (
    LARGEST,
    OrderDocument,
    moment,
    read_order,
    text_id,
    unusable_amount,
)
from crossdock.connectors.errors import Unreadable

DELIVERY_METHODS: dict[str, Method] = {"SHIPPING": "shipping", "PICKUP": "pickup", "DELIVERY": "delivery"}
MASK = people.MASK.encode()
PARTLY_REFUNDED = PAYMENT["PARTIALLY_REFUNDED"]
NO_LINES = Notice(
    code="noLines",
    field="items",
    attention=True,
    message="the order has no lines: nothing of it can be shipped",
)


def order(record: RemoteRecord, account: Account) -> Translated[Order]:
    """Translate one order document, in the account's currency, times in UTC.

    Raises `Unreadable` naming the field; with code ``currencyUnknown`` where the account has no
    currency, because none is ever assumed.
    """
    try:
        document, odd = read_order(record.document)
        known_currency(account, record.remote_id)
        notices = list(odd)
        if MASK in record.document:
            document = people.unmasked(document, notices)
        return _translated(document, record, account, notices)
    except Unreadable as error:
        error.remote_id = error.remote_id or record.remote_id
        raise
    except InvalidOperation:
        raise _unusable(read_order(record.document)[0], record) from None


def _translated(
    document: OrderDocument, record: RemoteRecord, account: Account, notices: list[Notice]
) -> Translated[Order]:
    cent = unit(account.currency_precision)
    if document.total is None:
        raise Unreadable("the order has no total; read it again without responseFields", field="total")
    largest = max(
        abs(document.total), abs(document.tax), abs(document.discount), abs(document.subtotal or ZERO)
    )
    if largest >= LARGEST:
        raise _unusable(document, record)
    created = _created(document)
    updated = _updated(document, record, created)
    payment = PAYMENT.get(document.payment_status) or unusual_payment(document.payment_status, notices)
    fulfillment = FULFILLMENT.get(document.fulfillment_status) or unusual_fulfillment(
        document.fulfillment_status, notices
    )
    lines = order_lines(document.items, cent, notices)
    subtotal = _subtotal(document, lines, notices)
    standing: Standing = payment.standing or fulfillment.standing
    # Called off *and* not to be delivered is the usual pair; only the second without the first is odd.
    withheld = fulfillment.withheld and standing == "open"
    method = _method(document, lines, notices, withheld=withheld)
    if not lines and standing != "incomplete":
        notices.append(NO_LINES)
    if payment is PARTLY_REFUNDED and standing == "open" and method != "none":
        notices.append(_partly_refunded())
    public_id = (
        text_id(document.id) or text_id(document.vendor_order_number) or text_id(document.order_number)
    )
    option = document.shipping_option
    channel = text_id(document.referer_id)
    kind = document.b2b_b2c.lower()
    _check(document, account, notices)
    return Translated(
        record=Order(
            ext_order_id=public_id or record.remote_id,
            ext_order_api_id=record.remote_id,
            ext_order_url=_order_url(account, public_id),
            ext_order_created_at=created,
            ext_order_updated_at=updated,
            order_source=channel or "Ecwid",
            order_source_type="b2b" if kind == "b2b" else "online",
            standing=standing,
            paid=payment.paid and fulfillment.known,
            payment_status=payment.text,
            fulfillment_status=fulfillment.text,
            currency=account.currency,
            total_price=document.total.quantize(cent, ROUND_HALF_UP),
            sub_total_price=subtotal.quantize(cent, ROUND_HALF_UP),
            order_discount=rounded(document.discount + document.coupon_discount, cent),
            order_tax=rounded(document.tax, cent),
            shipping_price=rounded(option.shipping_rate, cent) if option else ZERO,
            line_items=lines,
            method=method,
            discounts=discounts(document, cent),
            additional_charges=charges(document, cent),
            payments=payments(document, payment.text, account.currency, cent),
            refunds=refunds(document, cent) if document.refunds or document.refunded_amount else (),
            customer=people.customer(document, kind),
            billing_address=people.address(document.billing_person, document.email),
            shipping_address=people.address(document.shipping_person, document.email),
            shipping_code=text_id(option.shipping_method_id) if option else "",
            shipping_carrier=option.shipping_carrier_name if option else "",
            shipping_class=option.shipping_method_name if option else "",
            order_note=document.order_comments,
            internal_note=document.private_admin_notes,
            ext_location_id=_place(document, method),
            tracking_number=document.tracking_number or (_labels(document) if document.shipments else ""),
            custom_fields=_custom_fields(document),
        ),
        notices=tuple(notices),
    )


def _order_url(account: Account, public_id: str) -> str:
    """Return the address of the order's page in the store's admin."""
    if not account.admin_url:
        return ""
    safe = public_id if public_id.isascii() and public_id.isalnum() else quote(public_id, safe="")
    return f"{account.admin_url}#order:id={safe}&return=orders"


def _created(document: OrderDocument) -> datetime:
    created = moment(document.create_timestamp, document.create_date, "createTimestamp")
    if created is None:
        raise Unreadable(
            "the order has neither createTimestamp nor createDate; read it again without responseFields",
            field="createTimestamp",
        )
    return created


def _updated(document: OrderDocument, record: RemoteRecord, created: datetime) -> datetime:
    if record.updated_at is not None:
        return record.updated_at
    return moment(document.update_timestamp, document.update_date, "updateTimestamp") or created


def _subtotal(document: OrderDocument, lines: tuple[OrderLine, ...], notices: list[Notice]) -> Decimal:
    if document.subtotal is not None:
        return document.subtotal
    total = sum((line.item_price * line.quantity for line in lines), ZERO)
    notices.append(
        Notice(
            code="computedField",
            field="subtotal",
            message=f"subtotal is missing; its lines add up to {total}",
        )
    )
    return total


def delivery_method(document: OrderDocument) -> Method:
    """Return how an order's goods reach the buyer, whatever its status says."""
    for item in document.items:
        if not item.digital if item.is_shipping_required is None else item.is_shipping_required:
            return _shippable_method(document, [])
    return "none"


def _method(
    document: OrderDocument, lines: tuple[OrderLine, ...], notices: list[Notice], *, withheld: bool
) -> Method:
    for line in lines:
        if line.requires_shipping:
            break
    else:
        return "none"
    if withheld:
        notices.append(_withheld())
        return "none"
    return _shippable_method(document, notices)


def _shippable_method(document: OrderDocument, notices: list[Notice]) -> Method:
    """Tell how goods reach the buyer: the type first, then `isPickup` (§5.8)."""
    option = document.shipping_option
    if option is None:
        # A physical line without a shipping method: leaving it unshipped in silence would lose the order.
        notices.append(
            Notice(
                code="noShippingOption",
                field="shippingOption",
                message="the order has goods to ship but no shipping method; it is taken as an order to ship",
            )
        )
        return "shipping"
    kind = option.fulfillment_type or option.fulfilment_type
    return DELIVERY_METHODS.get(kind) or _unusual_method(kind, notices, is_pickup=option.is_pickup)


def _place(document: OrderDocument, method: Method) -> str:
    """Return the location an order names: an outlet, or the pick-up method, which is a place of its own."""
    option = document.shipping_option
    if option is None:
        return ""
    return text_id(option.location_id) or (text_id(option.shipping_method_id) if method == "pickup" else "")


def _unusual_method(kind: str, notices: list[Notice], *, is_pickup: bool) -> Method:
    known = DELIVERY_METHODS.get(kind.strip().upper())
    if known:
        return known
    method: Method = "pickup" if is_pickup else "shipping"
    if kind:
        notices.append(
            Notice(
                code="unknownFulfillmentType",
                field="shippingOption.fulfillmentType",
                attention=True,
                message=f"shippingOption.fulfillmentType {kind!r} is not known here; read as {method}",
            )
        )
    return method


def _withheld() -> Notice:
    return Notice(
        code="willNotDeliver",
        field="fulfillmentStatus",
        attention=True,
        message="the store says WILL_NOT_DELIVER for an order with goods to ship and no cancellation; "
        "nothing new is sent, cancel the order in the store or set another status",
    )


def _partly_refunded() -> Notice:
    return Notice(
        code="partlyRefunded",
        field="paymentStatus",
        attention=True,
        message="a part was refunded before everything has shipped; Ecwid does not say for which goods, so all "
        "that the order asks for is shipped: remove what is not wanted from the order in the store",
    )


def _check(document: OrderDocument, account: Account, notices: list[Notice]) -> None:
    """Compare the sums; only what does not agree is a notice."""
    found = [sums.refund_mismatch(document, account)] if document.refunds else []
    if not sums.agree(document):
        found.append(sums.total_mismatch(document, account))
        if document.subtotal is not None:
            found.append(sums.subtotal_mismatch(document, account))
    notices.extend(mismatch for mismatch in found if mismatch is not None)


def _labels(document: OrderDocument) -> str:
    """Return the tracking numbers of labels bought through Ecwid, joined as in the order's own field (§6)."""
    found = (
        label.tracking.tracking_number or label.tracking.tracking_number_snake
        for label in document.shipments
        if label.tracking
    )
    return ", ".join(dict.fromkeys(number for number in found if number))


def _custom_fields(document: OrderDocument) -> tuple[NameValue, ...]:
    if not (
        document.order_extra_fields
        or document.extra_fields
        or document.pickup_time
        or document.external_order_id
    ):
        return ()
    found = [
        NameValue(one.title or text_id(one.id), one.value)
        for one in document.order_extra_fields
        if one.value and (one.title or one.id)
    ]
    found.extend(NameValue(name, value) for name, value in document.extra_fields.items() if value)
    if document.pickup_time:
        found.append(NameValue("pickupTime", document.pickup_time))
    if document.external_order_id:
        found.append(NameValue("externalOrderId", document.external_order_id))
    return tuple(found)


def _unusable(document: OrderDocument, record: RemoteRecord) -> Unreadable:
    field = unusable_amount(document) or "total"
    reason = f"{field} is not an amount of money; correct it in Ecwid"
    return Unreadable(reason, field=field, remote_id=record.remote_id)
