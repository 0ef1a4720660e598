"""Where a parcel can be followed: the tracking pages of carriers, found by the names people give them.

Pure. The addresses are those of the carriers' public tracking pages; a number is put in as it is, encoded. A
carrier that is not in the table gives no link rather than a guessed one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

NUMBER = "{number}"


@dataclass(frozen=True)
class Carrier:
    """A carrier: its name, the other names it goes by, and the address of its tracking page."""

    name: str
    url: str
    aliases: tuple[str, ...] = ()


CARRIERS = (
    Carrier("UPS", "https://www.ups.com/track?tracknum={number}", ("United Parcel Service",)),
    Carrier(
        "FedEx",
        "https://www.fedex.com/fedextrack/?trknbr={number}",
        ("Federal Express", "FedEx Express", "FedEx Ground", "FedEx Home Delivery"),
    ),
    Carrier(
        "USPS",
        "https://tools.usps.com/go/TrackConfirmAction?tLabels={number}",
        ("United States Postal Service", "US Postal Service", "US Post"),
    ),
    Carrier(
        "DHL",
        "https://www.dhl.com/global-en/home/tracking.html?tracking-id={number}",
        ("DHL Express", "DHL Worldwide", "DHL Global"),
    ),
    Carrier(
        "DHL Paket",
        "https://www.dhl.de/de/privatkunden/pakete-empfangen/verfolgen.html?piececode={number}",
        ("DHL Parcel Germany", "DHL Germany", "DHL DE", "DHL Deutschland"),
    ),
    Carrier(
        "DPD",
        "https://tracking.dpd.de/status/en_US/parcel/{number}",
        ("DPD Germany", "Dynamic Parcel Distribution"),
    ),
    Carrier("DPD UK", "https://track.dpd.co.uk/search?reference={number}", ("DPD Local",)),
    Carrier(
        "GLS", "https://gls-group.com/EU/en/parcel-tracking?match={number}", ("General Logistics Systems",)
    ),
    Carrier(
        "Royal Mail", "https://www.royalmail.com/track-your-item#/tracking-results/{number}", ("RoyalMail",)
    ),
    Carrier(
        "Parcelforce",
        "https://www.parcelforce.com/track-trace?trackNumber={number}",
        ("Parcelforce Worldwide",),
    ),
    Carrier(
        "Canada Post",
        "https://www.canadapost-postescanada.ca/track-reperage/en#/search?searchFor={number}",
        ("Postes Canada", "CanadaPost"),
    ),
    Carrier(
        "Australia Post",
        "https://auspost.com.au/mypost/track/details/{number}",
        ("AusPost", "Auspost eParcel", "AustraliaPost"),
    ),
    Carrier("PostNL", "https://jouw.postnl.nl/track-and-trace/{number}", ("Post NL", "PostNL Netherlands")),
    Carrier(
        "Deutsche Post",
        "https://www.deutschepost.de/de/s/sendungsverfolgung.html?piececode={number}",
        ("Deutsche Post Brief", "German Post"),
    ),
    Carrier(
        "Hermes",
        "https://www.myhermes.de/empfangen/sendungsverfolgung/sendungsinformation#{number}",
        ("Hermes Germany", "MyHermes DE"),
    ),
    Carrier("Evri", "https://www.evri.com/track/parcel/{number}", ("Hermes UK", "Evri UK")),
    Carrier(
        "TNT",
        "https://www.tnt.com/express/en_us/site/tracking.html?searchType=con&cons={number}",
        ("TNT Express",),
    ),
    Carrier(
        "Colissimo",
        "https://www.laposte.fr/outils/suivre-vos-envois?code={number}",
        ("La Poste", "La Poste Colissimo", "LaPoste"),
    ),
    Carrier("Chronopost", "https://www.chronopost.fr/tracking-no-cms/suivi-page?listeNumerosLT={number}"),
    Carrier(
        "Correos",
        "https://www.correos.es/es/es/herramientas/localizador/envios/detalle?tracking-number={number}",
        ("Correos de España", "Correos Spain", "Correos Express"),
    ),
    Carrier(
        "Poste Italiane",
        "https://www.poste.it/cerca/index.html#/risultati-spedizioni/{number}",
        ("Poste", "Italian Post"),
    ),
    Carrier(
        "Österreichische Post",
        "https://www.post.at/sv/sendungsdetails?snr={number}",
        ("Austrian Post", "Post AT", "Oesterreichische Post"),
    ),
    Carrier(
        "Swiss Post",
        "https://service.post.ch/ekp-web/ui/entry/search/{number}",
        ("Schweizerische Post", "Die Schweizerische Post", "La Poste Suisse", "La Posta Svizzera", "Post CH"),
    ),
    Carrier(
        "InPost",
        "https://inpost.pl/sledzenie-przesylek?number={number}",
        ("InPost Paczkomaty", "Paczkomaty InPost"),
    ),
    Carrier(
        "bpost", "https://track.bpost.cloud/btr/web/#/search?itemCode={number}", ("b post", "Belgian Post")
    ),
    Carrier(
        "PostNord",
        "https://tracking.postnord.com/en/?id={number}",
        ("Post Nord", "PostNord Sweden", "PostNord Denmark"),
    ),
)
"""Every carrier with a tracking page that takes a number in its address."""


def _plain(name: str) -> str:
    """Return a carrier's name as it is compared: letters and digits only, in small letters."""
    return re.sub(r"[\W_]+", "", name.casefold())


_BY_NAME: Mapping[str, Carrier] = {
    _plain(name): carrier for carrier in CARRIERS for name in (carrier.name, *carrier.aliases)
}


def find_carrier(name: str) -> Carrier | None:
    """Return the carrier called `name`, whatever its spaces, hyphens and capitals; None if it is not known."""
    return _BY_NAME.get(_plain(name)) if name.strip() else None


def tracking_link(carrier: str, number: str) -> str:
    """Return where the parcel can be followed; empty for an unknown carrier, or without a number."""
    known = find_carrier(carrier)
    bare = number.strip()
    return known.url.replace(NUMBER, quote(bare, safe="")) if known and bare else ""
