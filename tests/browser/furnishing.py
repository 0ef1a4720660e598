"""What a shop gathers that the demo does not play: colleagues, keys, rules of notice, and what wants attention."""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx2
from django.contrib.auth.models import User

from crossdock.demo.play import Result
from crossdock.demo.store import Store
from crossdock.flows import connecting
from crossdock.flows.order_acts import Wish, begin_act, run_act
from crossdock.hub import api_keys, invitations, members
from crossdock.hub.clock import system_clock
from crossdock.hub.mappings.book import Draft as Mapping
from crossdock.hub.mappings.book import put_rule as put_mapping
from crossdock.hub.models import (
    ExceptionCase,
    Integration,
    InventoryRecord,
    Link,
    Location,
    Order,
    Organization,
)
from crossdock.hub.notices import webhooks
from crossdock.hub.notifications import rules
from crossdock.hub.stock.sheets import preview_sheet
from crossdock.routing.card_book import put_card

AUTHOR = "demo"
SECOND_STORE = 2004
PATIENCE = 60.0
BUYERS = (
    "Lukas Berger", "Emma Visser", "Olivia Brown", "Noah Lindberg", "Sofia Rossi", "Mateo Alvarez", "Clara Dubois",
    "Jonas Keller", "Hannah Moore", "Liam Murphy", "Elena Novak",
)  # fmt: skip


def furnish(integration: Integration, result: Result) -> tuple[Integration, Integration]:
    """Add them to the integration's organization.

    Gives a second store that has just been connected, and a third that waits for it.
    """
    organization = integration.organization
    facts = {"url": result.store_url, "storeId": result.store_id, "controlUrl": result.control_url}
    _colleagues(organization)
    api_keys.create_key(
        organization, "Warehouse Altona", ["shipments.read", "fulfillments.write"], author=AUTHOR
    )
    webhooks.create_webhook(
        organization, "Accounting", "https://books.example.com/crossdock", ["orders"], author=AUTHOR
    )
    for name, minutes in (("What cannot wait", 0), ("The day's rest", 1440)):
        wish = rules.Wish(name, "webhook", url="https://chat.example.com/hooks/crossdock", minutes=minutes)
        rules.create_rule(organization, wish, author=AUTHOR)
    with Store(facts) as store:
        _orders(store, integration)
    _decisions(integration, f"user:{result.email}")
    fresh = connecting.add_integration(organization, "ecwid", author=AUTHOR)
    connecting.connect_with_credentials(
        fresh, {"store_id": str(SECOND_STORE), "token": _second_store(result)}, author=AUTHOR
    )
    links = Link.objects.filter(integration=fresh, entity="locations")
    _wait("the second store's locations are in", links.exists)
    Integration.objects.filter(pk=fresh.pk).update(name="Ecwid: Outlet")
    Location.objects.filter(pk__in=links.values("record_id")).exclude(kind="pickup").update(name="Outlet")
    return fresh, connecting.add_integration(organization, "ecwid", author=AUTHOR)


def _second_store(result: Result) -> str:
    """Open one more store; gives the token of its custom app."""
    wanted = {"storeId": SECOND_STORE, "orders": 30}
    answer = httpx2.post(f"{result.control_url}/stores", json=wanted, trust_env=False, timeout=60.0)
    answer.raise_for_status()
    return str(answer.json()["token"])


def _colleagues(organization: Organization) -> None:
    for name, first, last, role in (
        ("bea@kaffewerk.test", "Bea", "Lindqvist", "user"),
        ("cem@kaffewerk.test", "Cem", "Aydin", "developer"),
    ):
        user = User.objects.create(username=name, email=name, first_name=first, last_name=last)
        members.add_member(organization, user, role, author=AUTHOR)
    invitations.invite(organization, "dana@kaffewerk.test", "user", author=AUTHOR)


def _orders(store: Store, integration: Integration) -> None:
    """Orders that wait to be shipped, one that nobody has paid, and some that want attention."""
    placed = [_place(store, name) for name in BUYERS]
    placed.append(_place(store, "Nora Weiss", paymentStatus="AWAITING_PAYMENT"))
    for number, total in ((placed[0], 12.05), (placed[1], 101.5)):
        store.edit_order(number, total=total)
    bare = store.order(placed[2])
    items = [{**bare["items"][0], "sku": "", "name": "Gift wrapping"}, *bare["items"][1:]]
    store.edit_order(placed[2], items=items)
    orders = Order.objects.filter(integration=integration, ext_order_id__in=placed)
    _wait("the new orders are in", lambda: orders.count() == len(placed))
    cases = ExceptionCase.objects.filter(organization=integration.organization, status="active")
    _wait("what is wrong with them is noticed", lambda: cases.count() >= 3)


def _decisions(integration: Integration, author: str) -> None:
    """What people set up and begin: a routing card, a rule, a mapping, a sheet of counts, an act on many orders."""
    organization = integration.organization
    places = organization.locations.filter(kind="stock").order_by("pk")
    card = {"name": "Germany from Hamburg", "locations": [places[0].key], "regions": [{"country": "DE"}]}
    put_card(organization, card, author=AUTHOR)
    paid = Mapping("customFields[Paid]", "paymentStatus", {"PAID": "yes"}, "no")
    put_mapping(integration, paid, author=AUTHOR)
    counted = InventoryRecord.objects.filter(organization=organization, state="tracked").order_by("sku")
    lines = [f"{one.sku},{one.on_hand + place % 3}" for place, one in enumerate(counted[:6])]
    sheet = "\n".join(["sku,onHand", *lines, "NO-SUCH-SKU,4", f"{counted[0].sku},many", ""])
    preview_sheet(
        organization, "shelf-count.csv", sheet.encode(), author=author, now=system_clock(), most_rows=1000, setting="",
    )  # fmt: skip
    newest = organization.orders.order_by("-pk").values_list("pk", flat=True)[:40]
    act = begin_act(organization, list(newest), Wish("route", author, "the second shelf is full again"))
    run_act(act.pk, now=system_clock())


def _place(store: Store, buyer: str, **more: object) -> str:
    """Have somebody buy a few goods; returns the order's number."""
    person = {
        "name": buyer,
        "street": "Lange Reihe 12",
        "city": "Hamburg",
        "countryCode": "DE",
        "postalCode": "20099",
    }
    email = f"{buyer.split(maxsplit=1)[0].lower()}@example.com"
    order = store.place_order(email=email, shippingPerson=person, billingPerson=person, **more)
    return str(order["id"])


def _wait(what: str, ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"Not within {PATIENCE:.0f} s: {what}.")
        time.sleep(0.2)
