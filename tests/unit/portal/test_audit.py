"""The audit log: what is in it, who finds what, and its CSV."""

from __future__ import annotations

import csv
import io
from types import ModuleType
from typing import Any

from django.db import connection
from django.test import Client
from tests.unit.portal.reading import text_of

from crossdock.hub import members
from crossdock.hub.events import record_event
from crossdock.hub.models import Event
from crossdock.hub.organizations import rename

BOB = "bob@kaffewerk.test"


def rows_of(client: Client, query: str = "") -> list[dict[str, str]]:
    """The log as CSV."""
    answer = client.get(f"/settings/audit/export{query}")
    assert answer.headers["Content-Type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))


def test_logins_and_changes_are_in_it_and_orders_are_not(
    browser: Client, shop: Any, other_shop: Any, sample: ModuleType
) -> None:
    before = Event.objects.filter(organization=shop.organization).count()
    Client().post("/login", {"username": shop.user.username, "password": "wrong"})
    Client().post("/login", {"username": "nobody@kaffewerk.test", "password": "wrong"})
    Client().post("/login", {"username": shop.user.username, "password": sample.PASSWORD})
    rename(shop.organization, "Kaffewerk II", "Europe/Berlin", author="user:ann@kaffewerk.test")
    rename(other_shop.organization, "Rival II", "Europe/Berlin", author="user:rival@rival.test")
    record_event(shop.organization.pk, "orders", 1, "created", author="crossdock")
    made = [row["what"] for row in rows_of(browser)]
    assert made[:3] == ["renamed", "loggedIn", "loginFailed"]
    assert Event.objects.filter(organization=shop.organization).count() == before + 4
    text = text_of(browser.get("/settings/audit"))
    assert "Kaffewerk II" in text
    assert "Rival II" not in text


def test_it_is_narrowed_down_by_person_kind_and_day(browser: Client, shop: Any, sample: ModuleType) -> None:
    bob = sample.member(shop.organization, BOB, "user")
    author = members.author_of(bob)
    members.record_account(bob, "loggedIn", author=author)
    rename(shop.organization, "Kaffewerk II", "Europe/Berlin", author=members.author_of(shop.user))
    assert [row["what"] for row in rows_of(browser, f"?by={author}")] == ["loggedIn"]
    assert {row["about"] for row in rows_of(browser, "?kind=organization")} == {"organizations"}
    assert rows_of(browser, "?until=2020-01-01") == []
    assert len(rows_of(browser, "?since=2020-01-01&kind=people")) == 1
    assert browser.get("/settings/audit?kind=nonsense&by=nobody&since=x").status_code == 200
    assert f'Logged in</span><span class="text-secondary">: {BOB}' in text_of(browser.get("/settings/audit"))


def test_a_spreadsheet_runs_nothing_of_it(browser: Client, shop: Any) -> None:
    record_event(shop.organization.pk, "users", 1, "renamed", author="crossdock", reason="=1+1")
    assert rows_of(browser)[0]["reason"] == "'=1+1"


def test_it_is_read_by_its_own_index(shop: Any) -> None:
    for number in range(300):
        record_event(shop.organization.pk, "orders", number, "created", author="crossdock")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT * FROM hub_event WHERE organization_id = %s AND entity IN ('users', 'invitations') "
            "ORDER BY id DESC LIMIT 51",
            [shop.organization.pk],
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "event_audited" in plan
