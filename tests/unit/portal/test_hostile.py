"""Nonsense and malice, sent to every address: no page fails, touches another organization, or writes by halves.

Every second field of each form gets one hostile value a round, by rotation; `HOSTILE_ROUNDS=80` tries them all.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from itertools import count
from types import ModuleType
from typing import Any

import pytest
from addresses import OPEN, address, patterns
from django.test import Client
from tests.unit.portal.conftest import NOW
from tests.unit.portal.crawl import forms_of
from tests.unit.portal.hostile import BODIES, FORM, encoded, names_read, valid, values
from tests.unit.portal.test_walk import logged_in, undone
from tests.unit.portal.watching import Write, forget, watch, writes

from crossdock.hub.models import InventoryRecord, Location

ROUNDS = int(os.environ.get("HOSTILE_ROUNDS", "1"))
KEPT_OF_FAILURES = {"portal_failedlogin", "hub_noticedelivery"}
"""What is written down of something that failed: a wrong password, a webhook that nobody took."""
BREAKING = "account-passkey-remove"
"""Its record is a passkey that no browser made: other pages are asked without it."""


@pytest.fixture
def other(db: None, sample: ModuleType) -> Location:
    """A location of another organization, which was on the hub first."""
    rival = sample.open_shop(NOW, name="Rival", email="rival@rival.test", orders=4, account="2004")
    return rival.record.location


@pytest.fixture
def watched(other: Location, sample: ModuleType) -> Any:
    """A shop of which every write is noted."""
    watch()
    return sample.open_shop(NOW, orders=16)


class Sender:
    """Sends something, takes back what it did, and notes what was wrong with it."""

    def __init__(self, shop: Any | None) -> None:
        self.client = logged_in(shop.user) if shop else Client()
        self.faults: list[str] = []
        self.answers = 0

    def send(
        self, name: str, method: str, where: str, what: str, kind: str = FORM, body: bytes = b""
    ) -> None:
        """Send it from a browser of its own; `what` says what is hostile about it."""
        browser = Client(raise_request_exception=False)
        browser.cookies.load({key: morsel.value for key, morsel in self.client.cookies.items()})
        with undone():
            forget()
            answer = browser.generic(method, where, body, content_type=kind)
            fault = self._fault(answer)
        self.answers += answer.status_code < 400
        if fault:
            self.faults.append(f"{method} {name} with {what[:60]}: {fault}")

    def _fault(self, answer: Any) -> str:
        if answer.status_code >= 500:
            error = answer.exc_info[1] if answer.exc_info else None
            return f"{answer.status_code}, {error!r}"[:300]
        written = writes()
        foreign = {write.table for write in written if write.foreign}
        if foreign:
            return f"touched another organization's {', '.join(sorted(foreign))}"
        kept = {write.table for write in written} - KEPT_OF_FAILURES
        if kept and _refused(answer):
            return f"wrote {', '.join(sorted(kept))} although it was refused ({answer.status_code})"
        return ""


def _refused(answer: Any) -> bool:
    said = getattr(answer.wsgi_request, "_messages", ())
    return bool(answer.status_code >= 400 or any(message.level_tag == "error" for message in said))


def _addresses(shop: Any, besides: Collection[str] = ()) -> Iterator[tuple[str, str]]:
    """The addresses of all pages for members, and of those `besides`, with the records of a shop."""
    for pattern in patterns():
        if pattern.name != BREAKING and (pattern.name not in OPEN or pattern.name in besides):
            yield str(pattern.name), address(pattern, shop)


def test_no_form_takes_what_makes_no_sense(watched: Any, other: Location) -> None:
    sender, number = Sender(watched), count()
    starts = ["/", *(where for _, where in _addresses(watched))]
    forms = [
        form for form in forms_of(logged_in(watched.user), starts) if form.post and form.name not in OPEN
    ]
    assert len(forms) > 60
    for turn in range(ROUNDS):
        for form in forms:
            begin = next(number) + turn
            if begin % 3 == 0:
                kind, garbage = BODIES[begin // 3 % len(BODIES)]
                sender.send(form.name, "POST", form.action, kind, kind, garbage)
            for name in form.names[begin % 2 :: 2] or form.names:
                begin = next(number) + turn
                value = next(iter(values(begin, other)))
                pairs = valid(form.fields, without=name)
                if begin % 5:  # else it is missing, and a list the next time
                    pairs += [(name, value)] * (1 + (begin % 3 == 0))
                body = encoded(pairs).encode()
                sender.send(form.name, "POST", form.action, f"{name}={value!r}", body=body)
    assert not sender.faults
    assert sender.answers > 100


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_no_address_fails_on_nonsense(method: str, watched: Any, other: Location) -> None:
    member, nobody, names = Sender(watched), Sender(None), names_read()
    assert len(names) > 80
    for turn in range(ROUNDS):
        for number, (name, where) in enumerate(_addresses(watched, OPEN)):
            begin = number * 7 + turn
            text = _nonsense(names, method, begin, other)
            body, asked = (text.encode(), where) if method == "POST" else (b"", f"{where}?{text}")
            member.send(name, method, asked, f"values from {begin}", body=body)
            if name in OPEN:
                nobody.send(name, method, asked, f"values from {begin}", body=body)
    assert not member.faults
    assert not nobody.faults


def _nonsense(names: Sequence[str], method: str, begin: int, other: Location) -> str:
    """A value for every name. A NUL, and what is too long for one request, no form is asked about.

    Where to go on is never an address: it is taken apart by code that is not ours, too.
    """
    given = zip(names, values(begin, other), strict=False)
    fit = [
        (name, value) for name, value in given if len(value) < 2000 and (method == "GET" or value != "a\x00b")
    ]
    return encoded([*fit, ("next", "http://[")])


def test_what_touches_another_organization_is_noticed(watched: Any, other: Location) -> None:
    forget()
    watched.product.save()
    assert writes() == {Write("hub_product", foreign=False)}
    InventoryRecord.objects.create(organization=watched.organization, sku="tea", location=other)
    assert Write("hub_inventoryrecord", foreign=True) in writes()
    forget()
    Location.objects.filter(pk=other.pk).update(name="Ours")
    assert writes() == {Write("hub_location", foreign=True)}
