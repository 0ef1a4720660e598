"""Buyers and receivers: names split, streets in two lines, masked data left empty."""

from __future__ import annotations

import msgspec

from crossdock.canon import Address, Customer
from crossdock.connectors.contract import Notice
from crossdock.connectors.ecwid.wire import OrderDocument, Person, text_id

MASK = "[DEMO]"
"""How texts of masked customers begin in downgraded stores (orders.md §5.1)."""


def split_name(person: Person) -> tuple[str, str]:
    """Return first and last name: Ecwid's own split, else at the last space."""
    if person.first_name or person.last_name:
        return person.first_name, person.last_name
    first, _, last = person.name.strip().rpartition(" ")
    return (first.rstrip(), last) if first else (last, "")


def address(person: Person | None, email: str) -> Address | None:
    """Return a person's address with the order's e-mail; None for a person without any data."""
    if person is None:
        return None
    first_name, last_name = split_name(person)
    address1, _, address2 = person.street.partition("\n")
    if address2:
        address1, address2 = address1.strip(), ", ".join(address2.split("\n")).strip()
    state = person.state_or_province_code or person.state_or_province_name
    if not (
        first_name
        or last_name
        or address1
        or person.city
        or person.company_name
        or person.phone
        or person.postal_code
        or person.country_code
        or state
        or address2
    ):
        return None
    return Address(
        first_name=first_name,
        last_name=last_name,
        company=person.company_name,
        address1=address1,
        address2=address2,
        city=person.city,
        state_or_province=state,
        zip_code_or_postal_code=person.postal_code,
        country=person.country_code,
        email=email,
        phone=person.phone,
    )


def customer(document: OrderDocument, kind: str) -> Customer | None:
    """Return who bought, from the billing person, else the shipping person; None where nothing is known."""
    person = document.billing_person or document.shipping_person
    number = text_id(document.customer_id)
    if person is None:
        if not number and not document.email:
            return None
        return Customer(ext_customer_id=number, type=kind, email=document.email)
    first_name, last_name = split_name(person)
    if not (number or document.email or first_name or last_name or person.company_name or person.phone):
        return None
    return Customer(
        ext_customer_id=number,
        first_name=first_name,
        last_name=last_name,
        company=person.company_name,
        type=kind,
        email=document.email,
        phone=person.phone,
    )


def unmasked(document: OrderDocument, notices: list[Notice]) -> OrderDocument:
    """Return the order with masked texts emptied, and say so; a masked text is nobody's address."""
    masked: list[str] = []
    changes: dict[str, object] = {}
    if MASK in document.email:
        masked.append("email")
        changes["email"] = ""
    for field, name in (("billing_person", "billingPerson"), ("shipping_person", "shippingPerson")):
        person = getattr(document, field)
        hidden = (
            {key: "" for key, text in msgspec.structs.asdict(person).items() if MASK in text}
            if person
            else {}
        )
        if hidden:
            masked.append(name)
            changes[field] = msgspec.structs.replace(person, **hidden)
    if not masked:
        return document
    notices.append(
        Notice(
            code="maskedCustomer",
            field=masked[0],
            attention=True,
            message=f"Ecwid masks the customer ({', '.join(masked)}), as it does for stores on a lower plan; "
            "the masked fields are left empty, and the order can not be shipped to an address",
        )
    )
    return msgspec.structs.replace(document, **changes)
