# ruff: noqa: N815  # attribute names are the JSON names of the control API
"""The e-mails the store would have sent (ecwid-api/orders.md §7): recorded, never sent."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from ecwid_twin.wire.message import Doc


@dataclass(slots=True)
class Mail:
    """One e-mail; `kind` is a name of the profile's `mailNotifications`, `at` the twin's time."""

    kind: str
    orderId: str
    to: str
    at: int


class Mails:
    """Recorded e-mails, oldest first."""

    def __init__(self) -> None:
        self.sent: list[Mail] = []

    def show(self) -> list[Doc]:
        """All mails as JSON objects."""
        return [asdict(mail) for mail in self.sent]

    def add(self, kind: str, order: str, to: str, at: int) -> None:
        """Record a mail; without a receiver there is none."""
        if to:
            self.sent.append(Mail(kind, order, to, at))


def customer_mails(old: Doc | None, new: Doc, mailing_statuses: frozenset[str]) -> list[str]:
    """The kinds of mail a customer gets when an order goes from `old` (None: just placed) to `new`.

    `mailing_statuses` are those with `sendNotificationWhenStatusIsAssigned`.
    """
    if new.get("disableAllCustomerNotifications") or new.get("paymentStatus") == "INCOMPLETE":
        return []
    kinds: list[str] = []
    before = old or {}
    placed = old is None or before.get("paymentStatus") == "INCOMPLETE"
    if placed:
        kinds.append("orderConfirmation")
    payment_changed = before.get("paymentStatus") != new.get("paymentStatus")
    fulfilment_changed = before.get("fulfillmentStatus") != new.get("fulfillmentStatus")
    status = new.get("fulfillmentStatus")
    tracked = bool(new.get("trackingNumber")) and before.get("trackingNumber") != new.get("trackingNumber")
    if not placed:
        if (fulfilment_changed and status == "SHIPPED") or tracked:
            kinds.append("orderShipped")
        elif fulfilment_changed and status == "READY_FOR_PICKUP":
            kinds.append("orderIsReadyForPickup")
        elif (payment_changed and new.get("paymentStatus") in mailing_statuses) or (
            fulfilment_changed and status in mailing_statuses
        ):
            kinds.append("orderStatusChanged")
    digital = any(item.get("digital") or item.get("files") for item in new.get("items") or ())
    if digital and payment_changed and new.get("paymentStatus") == "PAID":
        kinds.append("downloadEgoods")
    return kinds
