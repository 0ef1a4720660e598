"""The twin over HTTP: real connections, compression, faults of the wire, consent, control API."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from ecwid_twin.config import CLIENT_SECRET, Config
from ecwid_twin.server import Running, running

BACK = "http://127.0.0.1:9/oauth/callback"


@pytest.fixture(scope="module")
def served() -> Iterator[Running]:
    with running(Config(orders=150, lag=0.0, redirect_uris=["http://127.0.0.1:9/"])) as twin:
        yield twin


@pytest.fixture
def client(served: Running) -> Iterator[httpx2.Client]:
    served.control.clear_faults()
    headers = {"Authorization": f"Bearer {served.token}"}
    with httpx2.Client(base_url=f"{served.api_url}/1003", headers=headers, trust_env=False) as made:
        yield made


def test_what_it_says_about_itself(served: Running) -> None:
    facts = served.describe()
    assert facts["apiUrl"] == f"{served.url}/api/v3"
    assert facts["storeId"] == 1003
    assert str(facts["token"]).startswith("secret_")


def test_pages_compressed_when_asked_for_and_only_then(served: Running, client: httpx2.Client) -> None:
    answer = client.get("/orders", params={"limit": "100"})
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"] == "application/json;charset=UTF-8"
    assert len(answer.json()["items"]) == 100
    with client.stream("GET", "/orders", headers={"Accept-Encoding": "identity"}) as plain:
        assert "content-encoding" not in plain.headers
        assert int(plain.headers["content-length"]) > 100_000
    served.control.set(gzip=False)
    assert "content-encoding" not in client.get("/orders").headers
    served.control.set(gzip=True)


def test_the_control_api_lists_calls_without_secrets(served: Running, client: httpx2.Client) -> None:
    served.control.clear_calls()
    client.get("/profile", params={"token": served.token, "responseFields": "company"})
    control = httpx2.get(f"{served.control_url}/calls", trust_env=False)
    (entry,) = control.json()
    assert (entry["method"], entry["path"], entry["status"]) == ("GET", "/api/v3/1003/profile", 200)
    assert entry["query"] == {"responseFields": "company"}
    assert entry["token"] == served.token[-4:]
    assert served.token not in control.text
    assert httpx2.get(f"{served.control_url}/calls/count", trust_env=False).json() == {"count": 1}
    httpx2.delete(f"{served.control_url}/calls", trust_env=False)
    assert served.control.call_count() == 0


def test_a_connection_dropped_before_the_write(served: Running, client: httpx2.Client) -> None:
    before = len(served.control.orders())
    served.control.fault(method="POST", path="/orders$", drop=True)
    served.control.issue_token(("create_orders",))
    token = served.control.issue_token(("create_orders", "read_orders")).value
    headers = {"Authorization": f"Bearer {token}"}
    with pytest.raises(httpx2.TransportError):
        client.post("/orders", json={}, headers=headers)
    assert len(served.control.orders()) == before
    served.control.fault(method="POST", path="/orders$", drop=True, apply=True)
    with pytest.raises(httpx2.TransportError):
        client.post("/orders", json={}, headers=headers)
    assert len(served.control.orders()) == before + 1, "applied, yet the answer was lost"
    assert client.post("/orders", json={}, headers=headers).status_code == 200


def test_errors_html_truncation_and_their_count(served: Running, client: httpx2.Client) -> None:
    served.control.fault(path="/profile", status=502, html=True, message="Bad Gateway", times=2)
    for _ in range(2):
        answer = client.get("/profile")
        assert answer.status_code == 502
        assert answer.headers["content-type"].startswith("text/html")
        assert answer.text.startswith("<html>")
    assert client.get("/profile").status_code == 200
    served.control.fault(path="/profile", status=429, retryAfter=7)
    assert client.get("/profile").headers["retry-after"] == "7"
    served.control.fault(path="/profile", truncate=40)
    with pytest.raises(httpx2.TransportError):
        client.get("/profile", headers={"Accept-Encoding": "identity"})
    served.control.fault(path="/profile", body="{", status=200)
    assert client.get("/profile").text == "{"
    served.control.fault(path="/profile", skip=1, status=500)
    assert [client.get("/profile").status_code for _ in range(3)] == [200, 500, 200]
    with pytest.raises(ValueError, match="unknown fault field"):
        served.control.fault(explode=True)


def test_a_slow_answer(served: Running, client: httpx2.Client) -> None:
    served.control.fault(path="/profile", delay=5.0)
    with pytest.raises(httpx2.ReadTimeout):
        client.get("/profile", timeout=0.1)


def test_the_consent_page_as_a_browser_uses_it(served: Running) -> None:
    query = {
        "client_id": "crossdock-dev",
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": "read_orders update_orders",
        "state": "xyz",
    }
    with httpx2.Client(trust_env=False) as browser:
        page = browser.get(f"{served.oauth_url}/authorize", params=query)
        assert page.headers["content-type"].startswith("text/html")
        assert "Allow" in page.text
        url = f"{served.oauth_url}/authorize"
        done = browser.post(url, params=query, data={**query, "store_id": "1003", "decision": "allow"})
        assert done.status_code == 302
        answered = parse_qs(urlsplit(done.headers["location"]).query)
        assert answered["state"] == ["xyz"]
        form = {
            "client_id": "crossdock-dev",
            "client_secret": CLIENT_SECRET,
            "code": answered["code"][0],
            "redirect_uri": BACK,
            "grant_type": "authorization_code",
        }
        token = browser.post(f"{served.oauth_url}/token", data=form).json()
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    assert httpx2.get(f"{served.api_url}/1003/orders", headers=headers, trust_env=False).status_code == 200


def test_a_lost_token_answer_leaves_a_token_nobody_knows(served: Running) -> None:
    code = parse_qs(urlsplit(served.control.market_install(redirect_uri=BACK)).query)["code"][0]
    form = {
        "client_id": "crossdock-dev",
        "client_secret": CLIENT_SECRET,
        "code": code,
        "redirect_uri": BACK,
        "grant_type": "authorization_code",
    }
    served.control.fault(path="/api/oauth/token", drop=True, apply=True)
    with pytest.raises(httpx2.TransportError):
        httpx2.post(f"{served.oauth_url}/token", data=form, trust_env=False)
    again = httpx2.post(f"{served.oauth_url}/token", data=form, trust_env=False)
    assert again.json()["error"] == "invalid_grant"


def test_playing_merchant_through_the_control_api(served: Running, client: httpx2.Client) -> None:
    with httpx2.Client(base_url=served.control_url, trust_env=False) as control:
        stock = control.get("/stock").json()
        sku = next(name for name, level in stock.items() if level.get("quantity", 0) > 5)
        order = control.post("/orders", json={"items": [{"sku": sku, "quantity": 2}], "email": "x@y.example"})
        placed = order.json()
        assert placed["items"][0]["sku"] == sku
        assert control.get("/stock").json()[sku]["quantity"] == stock[sku]["quantity"] - 2
        assert client.get(f"/orders/{placed['id']}").json()["paymentStatus"] == "PAID"
        control.patch(f"/orders/{placed['id']}", json={"privateAdminNotes": "hello"})
        assert client.get(f"/orders/{placed['id']}").json()["privateAdminNotes"] == "hello"
        control.post(f"/orders/{placed['id']}/cancel")
        assert control.get("/stock").json()[sku] == stock[sku]
        refunded = control.post(f"/orders/{placed['id']}/refund", json={"amount": 1}).json()
        assert refunded["refundedAmount"] == 1
        assert control.delete(f"/orders/{placed['id']}").json() == {"ok": True}
        assert client.get(f"/orders/{placed['id']}").status_code == 404
        assert control.put("/stock", json={"sku": sku, "quantity": 3}).json() == {"ok": True}
        too_many = control.post("/orders", json={"items": [{"sku": sku, "quantity": 4}]})
        assert too_many.status_code == 409
        assert "error" in control.post("/orders", json={"items": [{"sku": "NO"}]}).json()
        made = control.post("/products", json={"name": "New", "sku": "NEW-1", "quantity": 3}).json()
        assert client.get(f"/products/{made['id']}").json()["quantity"] == 3
        assert control.delete(f"/products/{made['id']}").json() == {"deleteCount": 1}
        assert control.patch("/settings", json={"lag": 0.5}).json()["lag"] == 0.5
        assert control.patch("/settings", json={"lag": 0}).json()["lag"] == 0
        assert control.patch("/settings", json={"speed": 1}).status_code == 400
        assert control.get("/nothing").status_code == 404
        assert control.post("/clock", json={"advance": 10}).json()["offset"] == 10
        control.post("/clock", json={"advance": -10})


def test_the_control_key() -> None:
    with running(Config(control_key="open sesame")) as twin:
        assert httpx2.get(f"{twin.control_url}/calls", trust_env=False).status_code == 401
        headers = {"X-Control-Key": "open sesame"}
        assert httpx2.get(f"{twin.control_url}/calls", headers=headers, trust_env=False).json() == []


def test_a_second_store_beside_the_first(served: Running) -> None:
    token = served.control.add_store(2002, currency="JPY", orders=5)
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{served.api_url}/2002"
    profile = httpx2.get(f"{url}/profile", headers=headers, trust_env=False).json()
    assert profile["generalInfo"]["storeId"] == 2002
    assert profile["formatsAndUnits"]["currencyPrecision"] == 0
    own = httpx2.get(f"{served.api_url}/1003/profile", headers=headers, trust_env=False)
    assert own.status_code == 403


def test_gzip_bytes_are_gzip(client: httpx2.Client) -> None:
    with client.stream("GET", "/orders", headers={"Accept-Encoding": "gzip"}) as answer:
        raw = b"".join(answer.iter_raw())
    assert gzip.decompress(raw).startswith(b'{"total":')
