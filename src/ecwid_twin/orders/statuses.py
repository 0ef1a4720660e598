"""Payment and fulfillment statuses (ecwid-api/orders.md §8)."""

from __future__ import annotations

from ecwid_twin.wire.errors import ApiError, legacy, wrong_parameter
from ecwid_twin.wire.message import Doc

PAYMENT = (
    "AWAITING_PAYMENT",
    "PAID",
    "CANCELLED",
    "REFUNDED",
    "PARTIALLY_REFUNDED",
    "INCOMPLETE",
    "CUSTOM_PAYMENT_STATUS_1",
    "CUSTOM_PAYMENT_STATUS_2",
    "CUSTOM_PAYMENT_STATUS_3",
)
FULFILLMENT = (
    "AWAITING_PROCESSING",
    "PROCESSING",
    "SHIPPED",
    "DELIVERED",
    "WILL_NOT_DELIVER",
    "RETURNED",
    "READY_FOR_PICKUP",
    "OUT_FOR_DELIVERY",
    "CUSTOM_FULFILLMENT_STATUS_1",
    "CUSTOM_FULFILLMENT_STATUS_2",
    "CUSTOM_FULFILLMENT_STATUS_3",
)
GIVES_STOCK_BACK = frozenset(("CANCELLED", "REFUNDED", "INCOMPLETE"))
"""Orders in these payment statuses hold no stock."""


def check(doc: Doc) -> None:
    """Refuse status values that do not exist; the retired QUEUED has a message of its own."""
    for name, allowed in (("paymentStatus", PAYMENT), ("fulfillmentStatus", FULFILLMENT)):
        value = doc.get(name)
        if value is None:
            continue
        if value == "QUEUED":
            raise legacy(400, "Status QUEUED is deprecated, use AWAITING_PAYMENT instead")
        if value not in allowed:
            raise wrong_parameter(name, value, f"one of {', '.join(allowed)}")


class StatusSettings:
    """The list behind `GET /profile/order_statuses`: which are on, which mail the customer."""

    def __init__(self) -> None:
        self.items: list[Doc] = [_setting(name, "PAYMENT_STATUS") for name in PAYMENT]
        self.items += [_setting(name, "FULFILLMENT_STATUS") for name in FULFILLMENT]

    def get(self, name: str) -> Doc:
        """One status. Raises a 404."""
        for item in self.items:
            if item["statusId"] == name:
                return item
        raise ApiError(404, "ORDER_STATUS_NOT_FOUND", f"Order status #{name} not found")

    def change(self, name: str, values: Doc) -> None:
        """Rename or switch a custom status; the built-in ones cannot be written."""
        item = self.get(name)
        if item.get("defaultStatus"):
            raise wrong_parameter("statusId", name, "a custom status")
        for key in ("name", "enabled", "sendNotificationWhenStatusIsAssigned"):
            if key in values:
                item[key] = values[key]
        for key in ("nameTranslations", "nameTranslated"):
            if key in values:
                item["nameTranslated"] = values[key]

    def mailing(self) -> frozenset[str]:
        """Statuses whose assignment mails the customer."""
        return frozenset(
            item["statusId"]
            for item in self.items
            if item["enabled"] and item["sendNotificationWhenStatusIsAssigned"]
        )


def _setting(name: str, kind: str) -> Doc:
    if name.startswith("CUSTOM_"):
        return {
            "statusId": name,
            "orderStatusType": kind,
            "enabled": False,
            "name": name.replace("_", " ").capitalize(),
            "nameTranslated": {},
            "sendNotificationWhenStatusIsAssigned": False,
        }
    return {
        "statusId": name,
        "orderStatusType": kind,
        "defaultStatus": True,
        "enabled": True,
        "sendNotificationWhenStatusIsAssigned": name not in ("INCOMPLETE", "AWAITING_PROCESSING"),
    }
