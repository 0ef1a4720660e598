"""Customer data on downgraded stores is replaced by a text (ecwid-api/auth.md §8)."""

from __future__ import annotations

from ecwid_twin.wire.message import Doc

TEXT = "[DEMO] Upgrade your plan to see this"


def masked(doc: Doc) -> Doc:
    """The order with names, streets and cities hidden; changes `doc` in place."""
    for name in ("billingPerson", "shippingPerson"):
        person = doc.get(name)
        if person:
            for key in ("name", "firstName", "lastName", "street", "city"):
                if key in person:
                    person[key] = TEXT
    return doc
