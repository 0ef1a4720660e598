"""What goes over the wire: files are kept by browsers, pages go compressed, and those that show secrets do not."""

from __future__ import annotations

import gzip

import pytest
from django.templatetags.static import static
from django.test import Client
from django.urls import reverse

from crossdock.transfer import FOREVER

pytestmark = pytest.mark.django_db
GZIP = {"Accept-Encoding": "gzip, deflate, br"}


@pytest.mark.parametrize("name", ["portal/portal.css", "portal/portal.js", "vendor/tabler-icons/icons.svg"])
def test_a_file_is_compressed_and_kept(name: str, client: Client) -> None:
    plain = client.get(static(name))
    packed = client.get(static(name), headers=GZIP)
    whole, less = b"".join(plain.streaming_content), b"".join(packed.streaming_content)  # type: ignore[attr-defined]
    assert (plain.headers["Cache-Control"], packed.headers["Cache-Control"]) == (FOREVER, FOREVER)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(less) == whole
    assert len(less) < len(whole) / 2


def test_a_file_asked_for_by_another_stamp_is_not_kept_for_ever(client: Client) -> None:
    for address in ("/static/portal/portal.css", "/static/portal/portal.css?v=0123456789ab"):
        answer = client.get(address)
        assert "immutable" not in answer.headers["Cache-Control"]
        answer.close()


def test_a_file_that_the_browser_has_is_not_sent_again(client: Client) -> None:
    first = client.get("/static/portal/portal.css")
    first.close()
    headers = GZIP | {"If-Modified-Since": first.headers["Last-Modified"]}
    again = client.get("/static/portal/portal.css", headers=headers)
    assert again.status_code == 304
    assert b"".join(again.streaming_content) == b""  # type: ignore[attr-defined]


def test_a_page_is_compressed_to_another_length_each_time(browser: Client) -> None:
    answers = [browser.get(reverse("portal:orders"), headers=GZIP) for _ in range(8)]
    assert {answer.headers["Content-Encoding"] for answer in answers} == {"gzip"}
    assert "Accept-Encoding" in answers[0].headers["Vary"]
    assert b"<h1" in gzip.decompress(answers[0].content)
    assert len({len(answer.content) for answer in answers}) > 1


def test_a_download_is_compressed_while_it_is_sent(browser: Client) -> None:
    answer = browser.get(reverse("portal:orders-export"), headers=GZIP)
    rows = gzip.decompress(b"".join(answer.streaming_content)).decode()  # type: ignore[attr-defined]
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "orderId,extOrderId" in rows


@pytest.mark.parametrize(
    "name", ["account", "account-two-factor", "settings-keys", "settings-webhooks", "login"]
)
def test_pages_that_may_show_secrets_are_not_compressed(name: str, browser: Client) -> None:
    answer = browser.get(reverse(f"portal:{name}"), headers=GZIP)
    assert "Content-Encoding" not in answer.headers


def test_what_somebody_sends_is_answered_uncompressed(browser: Client) -> None:
    answer = browser.post(reverse("portal:orders-export"), headers=GZIP)
    assert "Content-Encoding" not in answer.headers
