"""Where a request comes from, and what a caller may not make us believe about it."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest
from django.test import RequestFactory

from crossdock.callers import KnownCallers, address_of, caller_of, neighbourhood_of, read_address
from crossdock.config import Config, ConfigError

PROXIES = tuple(ip_network(text) for text in ("10.0.0.0/24", "2001:db8:1::/48"))
PROXY = "10.0.0.1"


@pytest.mark.parametrize(
    ("peer", "told", "caller"),
    [
        ("192.0.2.9", "198.51.100.1", "192.0.2.9"),
        (PROXY, "", PROXY),
        (PROXY, "198.51.100.1", "198.51.100.1"),
        (PROXY, "127.0.0.1, 198.51.100.1", "198.51.100.1"),
        (PROXY, "203.0.113.5, 198.51.100.1, 10.0.0.7", "198.51.100.1"),
        (PROXY, "198.51.100.1, unknown", PROXY),
        (PROXY, "198.51.100.1,, 10.0.0.7", "10.0.0.7"),
        (PROXY, "10.0.0.9, 10.0.0.8", "10.0.0.9"),
        (PROXY, "198.51.100.1:4711", "198.51.100.1"),
        ("::ffff:10.0.0.1", "[2001:db8::7]:443", "2001:db8::7"),
        ("2001:db8:1::1%eth0", "2001:DB8:0:0::7", "2001:db8::7"),
        (PROXY, ", ".join(["10.0.0.2"] * 10_000), "10.0.0.2"),
        ("", "198.51.100.1", ""),
    ],
)
def test_the_last_hop_that_is_no_proxy_of_ours_is_the_caller(peer: str, told: str, caller: str) -> None:
    assert caller_of(peer, told, PROXIES) == caller


def test_with_no_proxy_trusted_nobody_is_believed() -> None:
    assert caller_of(PROXY, "198.51.100.1", ()) == PROXY


def test_what_is_no_address_is_none() -> None:
    for text in ("", "unknown", "_hidden", "10.0.0.1.2", "[10.0.0.1", "1:2", "300.0.0.1:80"):
        assert read_address(text) is None, text


def test_of_ipv6_the_network_counts() -> None:
    assert neighbourhood_of("2001:db8::1:2:3:4") == neighbourhood_of("2001:db8::ffff:1") == "2001:db8::/64"
    assert neighbourhood_of("2001:db8:0:1::1") != neighbourhood_of("2001:db8::1")
    assert neighbourhood_of("192.0.2.1") == "192.0.2.1"
    assert neighbourhood_of("") == ""


def seen(config: Config, settings: Any, rf: RequestFactory, **environ: str) -> tuple[str, bool]:
    """What a view sees of a request: the address, and whether it is secure."""
    settings.CROSSDOCK = config
    told: list[tuple[str, bool]] = []
    KnownCallers(lambda request: told.append((address_of(request), request.is_secure())))(  # type: ignore[arg-type, return-value]
        rf.get("/", **environ)  # type: ignore[arg-type]  # WSGI environment by name
    )
    return told[0]


def test_scheme_and_address_are_told_by_trusted_proxies_alone(settings: Any, rf: RequestFactory) -> None:
    plain = replace(settings.CROSSDOCK, trusted_proxies=PROXIES)
    told = {"HTTP_X_FORWARDED_FOR": "198.51.100.1", "HTTP_X_FORWARDED_PROTO": "https"}
    assert seen(plain, settings, rf, REMOTE_ADDR=PROXY, **told) == ("198.51.100.1", True)
    assert seen(plain, settings, rf, REMOTE_ADDR="192.0.2.9", **told) == ("192.0.2.9", False)
    spoofed = told | {"HTTP_X_FORWARDED_PROTO": "https,http"}
    assert seen(plain, settings, rf, REMOTE_ADDR=PROXY, **spoofed) == ("198.51.100.1", False)


def test_an_https_address_is_secure_without_a_header(settings: Any, rf: RequestFactory) -> None:
    config = replace(settings.CROSSDOCK, public_url="https://Hub.example.com", trusted_proxies=PROXIES)
    assert seen(config, settings, rf, HTTP_HOST="hub.example.com:443")[1]
    assert not seen(config, settings, rf, HTTP_HOST="localhost")[1]
    assert not seen(config, settings, rf, HTTP_HOST="localhost", HTTP_X_FORWARDED_PROTO="https")[1]
    told = {"HTTP_HOST": "hub.example.com", "REMOTE_ADDR": PROXY, "HTTP_X_FORWARDED_PROTO": "http"}
    assert not seen(config, settings, rf, **told)[1]


def test_bad_proxies_are_named_with_a_remedy() -> None:
    for value, words in (
        ("proxy.internal", "neither an address nor a network: proxy.internal. Write them like"),
        ("10.0.0.5/8", "10.0.0.5/8. Write 10.0.0.0/8 for the whole network"),
        ("127.0.0.1, 0.0.0.0/0", "trusts everybody: 0.0.0.0/0. Name your own proxies"),
        ("::/0", "trusts everybody"),
    ):
        with pytest.raises(ConfigError, match="CROSSDOCK_TRUSTED_PROXIES") as caught:
            Config.from_environ({"CROSSDOCK_TRUSTED_PROXIES": value})
        assert words in str(caught.value)
    good = Config.from_environ({"CROSSDOCK_TRUSTED_PROXIES": " 127.0.0.1, 10.0.0.0/24,"})
    assert [str(one) for one in good.trusted_proxies] == ["127.0.0.1/32", "10.0.0.0/24"]
