"""Tracking links: a known carrier by any of its names, the number encoded, and never a guess."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from crossdock.hub.shipping.carriers import CARRIERS, NUMBER, find_carrier, tracking_link


@pytest.mark.parametrize(
    ("carrier", "number", "link"),
    [
        ("UPS", "1Z999AA10123456784", "https://www.ups.com/track?tracknum=1Z999AA10123456784"),
        ("ups", " 1Z9 ", "https://www.ups.com/track?tracknum=1Z9"),
        ("Fed-Ex", "1", "https://www.fedex.com/fedextrack/?trknbr=1"),
        ("deutsche  post", "RR 1/2&x=#", "https://www.deutschepost.de/de/s/sendungsverfolgung.html?piececode=RR%201%2F2%26x%3D%23"),
        ("Oesterreichische Post", "1", "https://www.post.at/sv/sendungsdetails?snr=1"),
        ("ÖSTERREICHISCHE POST", "1", "https://www.post.at/sv/sendungsdetails?snr=1"),
        ("DHL", "1", "https://www.dhl.com/global-en/home/tracking.html?tracking-id=1"),
        ("la poste", "6A1", "https://www.laposte.fr/outils/suivre-vos-envois?code=6A1"),
        ("Hermes UK", "H1", "https://www.evri.com/track/parcel/H1"),
        ("Joe's Bicycle", "1", ""),
        ("Post", "1", ""),
        ("", "1", ""),
        (" - ", "1", ""),
        ("UPS", "  ", ""),
    ],
)  # fmt: skip
def test_a_link_follows_from_carrier_and_number(carrier: str, number: str, link: str) -> None:
    assert tracking_link(carrier, number) == link


def test_every_carrier_is_found_by_each_of_its_names_and_by_no_other() -> None:
    for carrier in CARRIERS:
        for name in (carrier.name, *carrier.aliases):
            assert find_carrier(name.upper()) is carrier, f"{name} is another carrier's name, too"


@pytest.mark.parametrize("carrier", CARRIERS, ids=lambda carrier: str(carrier.name))
def test_every_address_is_safe_and_holds_the_number_once(carrier: object) -> None:
    url = str(getattr(carrier, "url", ""))
    assert url.count(NUMBER) == 1
    parts = urlsplit(url)
    assert (parts.scheme, NUMBER in parts.netloc) == ("https", False)
    assert len(url) < 200
