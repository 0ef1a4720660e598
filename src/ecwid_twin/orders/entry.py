"""One stored order: its JSON bytes and the few fields that searches and side effects need."""

from __future__ import annotations

from dataclasses import dataclass

from ecwid_twin.wire.message import Doc, decode, encode


@dataclass(slots=True)
class Entry:
    """An order kept as encoded JSON; `key` is its internal id, times are Unix seconds.

    An entry is never changed: an edit makes a new one, so the lagging search index can keep the old.
    """

    key: int
    public: str
    created: int
    updated: int
    payment: str
    fulfillment: str
    email: str
    customer: int
    products: tuple[int, ...]
    total: float
    body: bytes

    def doc(self) -> Doc:
        """The whole order as a fresh JSON object."""
        order: Doc = decode(self.body)
        return order


def entry_of(doc: Doc, body: bytes | None = None) -> Entry:
    """The entry for an order; `body` spares encoding it again. Orders from before 2020 lack some ids."""
    number = int(doc.get("internalId") or doc.get("orderNumber") or 0)
    return Entry(
        number,
        str(doc.get("id") or doc.get("vendorOrderNumber") or number),
        int(doc.get("createTimestamp") or 0),
        int(doc.get("updateTimestamp") or 0),
        str(doc.get("paymentStatus") or ""),
        str(doc.get("fulfillmentStatus") or ""),
        str(doc.get("email") or ""),
        int(doc.get("customerId") or 0),
        tuple(int(item.get("productId") or 0) for item in doc.get("items") or ()),
        float(doc.get("total") or 0),
        encode(doc) if body is None else body,
    )
