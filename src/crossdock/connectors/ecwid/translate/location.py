"""Locations derived from the profile, because Ecwid lists none (locations.md §4)."""

from __future__ import annotations

import re
from html import unescape

from crossdock.canon import Address, Location
from crossdock.connectors.contract import Notice, Translated
from crossdock.connectors.ecwid.wire import PostalAddress, ProfileDocument, read_profile, text_id

DEFAULT_ID = "default"
"""The id of the one location every store has; it never changes."""

TAG = re.compile(r"<[^>]*>")
SPACE = re.compile(r"\s+")
NOTE_LENGTH = 500


def locations(profile: bytes, product_location_ids: frozenset[str]) -> list[Translated[Location]]:
    """Derive the locations, the default one first.

    One stock location comes from the profile; one more for each location id met on products, orders
    (`product_location_ids`) or shipping methods; pick-up methods are pick-up points, which hold no
    stock of their own. Raises `Unreadable` for a profile that is no JSON object.
    """
    document, odd = read_profile(profile)
    options = document.shipping.shipping_options if document.shipping else []
    seen = {text_id(option.location_id) for option in options} | product_location_ids
    found = [_default(document, odd)]
    found += [_outlet(one) for one in sorted(seen - {"", DEFAULT_ID})]
    found += _pickup_points(document)
    return found


def _default(document: ProfileDocument, odd: list[Notice]) -> Translated[Location]:
    notices = [one for one in odd if one.field.startswith(("company", "shipping.shippingOrigin", "settings"))]
    company = document.company
    origin = document.shipping.shipping_origin if document.shipping else None
    place = origin if origin and origin.country_code else company
    name = (company.company_name if company else "") or (
        document.settings.store_name if document.settings else ""
    )
    if place is None or not place.country_code:
        notices.append(
            Notice(
                code="locationAddressMissing",
                field="company",
                message="the profile has no ship-from and no company address; add one in Ecwid or in the hub",
            )
        )
    return Translated(
        record=Location(
            ext_location_id=DEFAULT_ID,
            name=name or "Default location",
            address=_address(place, name),
            is_default=True,
            named=bool(name),
        ),
        notices=tuple(notices),
    )


def _outlet(location_id: str) -> Translated[Location]:
    return Translated(
        record=Location(
            ext_location_id=location_id,
            name=f"Location {location_id}",
            named=False,
            note="An outlet of the linked point of sale, which owns its stock; Ecwid tells only its id.",
        )
    )


def _pickup_points(document: ProfileDocument) -> list[Translated[Location]]:
    points = []
    for n, option in enumerate(document.shipping.shipping_options if document.shipping else []):
        if (option.fulfilment_type or option.fulfillment_type).lower() != "pickup":
            continue
        option_id = text_id(option.id)
        if not option_id:
            continue
        outlet = text_id(option.location_id)
        note = plain_text(option.pickup_instruction)
        points.append(
            Translated(
                record=Location(
                    ext_location_id=option_id,
                    name=option.title or f"Pickup point {option_id}",
                    kind="pickup",
                    active=option.enabled,
                    named=bool(option.title),
                    note=" ".join(
                        part for part in (note, f"Stock of location {outlet}." if outlet else "") if part
                    ),
                ),
                notices=()
                if option.title
                else (
                    Notice(
                        code="locationUnnamed",
                        field=f"shipping.shippingOptions[{n}].title",
                        message=f"the pick-up method {option_id} has no title",
                    ),
                ),
            )
        )
    return points


def plain_text(html: str) -> str:
    """Return the words of an HTML text in one line, shortened to what a note holds."""
    return SPACE.sub(" ", unescape(TAG.sub(" ", html))).strip()[:NOTE_LENGTH]


def _address(place: PostalAddress | None, name: str) -> Address | None:
    if place is None or not (place.street or place.city or place.country_code or place.postal_code):
        return None
    address1, _, address2 = place.street.partition("\n")
    return Address(
        company=place.company_name or name,
        address1=address1.strip(),
        address2=", ".join(address2.split("\n")).strip(),
        city=place.city,
        state_or_province=place.state_or_province_code,
        zip_code_or_postal_code=place.postal_code,
        country=place.country_code,
        email=place.email,
        phone=place.phone,
    )
