"""Reading what the forms about orders say: units by line, parcels, moments in the organization's time."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import urlsplit

from django.http import HttpRequest, QueryDict
from django.utils import timezone

from crossdock.hub.shipping.by_hand import HandedParcel
from crossdock.hub.shipping.parcels import ShippingError

MOST_PARCELS = 5
LONGEST_REASON = 200
_TOKEN = re.compile(r"[0-9a-zA-Z-]{6,40}")


def reason_of(request: HttpRequest, name: str = "reason") -> str:
    """Return the reason that a person gave, trimmed."""
    return request.POST.get(name, "").replace("\x00", "").strip()[:LONGEST_REASON]


def restock_of(form: QueryDict) -> bool:
    """Return whether the goods are on the shelf still: the question every cancellation must answer."""
    answer = form.get("restock", "")
    if answer not in ("yes", "no"):
        raise ShippingError("restock", "say whether the goods are put back into stock or written off")
    return answer == "yes"


def units_of(form: QueryDict, prefix: str) -> dict[int, int]:
    """Return the units by line id of the fields ``<prefix><line id>``; those of none are left out.

    Raises `ShippingError` for what is no whole number.
    """
    units: dict[int, int] = {}
    for name, text in form.items():
        line = name.removeprefix(prefix)
        if not name.startswith(prefix) or not line.isdecimal() or len(line) > 18:
            continue
        value = str(text).strip() or "0"
        if not value.isdecimal() or len(value) > 9:
            raise ShippingError("quantity", f"{value!r} is not a whole number of units; write digits only")
        if int(value):
            units[int(line)] = int(value)
    return units


def count_of(request: HttpRequest, name: str) -> int:
    """Return a number that a form carries back as it was shown. Raises `ShippingError` where it does not."""
    text = request.POST.get(name, "")
    if not text.isdecimal() or len(text) > 9:
        raise ShippingError("order", "the form is incomplete; reload the page and fill it in again")
    return int(text)


def moment_of(request: HttpRequest, name: str) -> datetime | None:
    """Return a moment that was given in the organization's time zone; None where the field is empty.

    Raises `ShippingError` for what is no moment.
    """
    text = request.POST.get(name, "").strip()
    if not text:
        return None
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        raise ShippingError(name, f"{text!r} is no time; write it like 2026-11-20T14:30") from None
    return given if given.tzinfo else given.replace(tzinfo=timezone.get_current_timezone())


def parcels_of(request: HttpRequest, number: str, *, now: datetime) -> list[HandedParcel]:
    """Return the parcels of a form, without those that hold nothing, under ids made from its token.

    `number` begins the ids. Raises `ShippingError` for a form without token, a parcel that left in the future or is
    tracked and holds nothing, or a tracking link that leads nowhere.
    """
    token = request.POST.get("token", "")
    if not _TOKEN.fullmatch(token):
        raise ShippingError("token", "the form is incomplete; reload the page and fill it in again")
    parcels = []
    for index in range(1, MOST_PARCELS + 1):
        lines = units_of(request.POST, f"units-{index}-")
        if not lines and (_text(request, f"tracking-{index}") or _text(request, f"url-{index}")):
            raise ShippingError(
                "quantity",
                f"parcel {index} can be tracked, but holds nothing; say how many of each line it holds",
            )
        if not lines:
            continue
        shipped_at = moment_of(request, f"shipped-{index}") or now
        if shipped_at > now:
            raise ShippingError("actualShipDate", "it lies ahead; a parcel is recorded when it has left")
        parcels.append(
            HandedParcel(
                ext_id=f"{number}-{token}-{index}", lines=lines, shipped_at=shipped_at,
                carrier=_text(request, f"carrier-{index}"), service=_text(request, f"service-{index}"),
                tracking_number=_text(request, f"tracking-{index}"),
                tracking_url=_web_address(_text(request, f"url-{index}"), index),
            )
        )  # fmt: skip
    return parcels


def _web_address(given: str, index: int) -> str:
    """Return an address that a browser can be sent to, or an empty one as it is. Raises `ShippingError`."""
    if not given:
        return ""
    try:
        parts = urlsplit(given)
        leads = parts.scheme in ("https", "http") and bool(parts.hostname)
    except ValueError:
        leads = False
    if not leads or any(letter.isspace() for letter in given):
        raise ShippingError(
            "trackingUrl",
            f"the tracking link of parcel {index} is no web address; copy it whole, beginning with https://, or "
            "leave it out",
        )
    return given


def _text(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\x00", "").strip()
