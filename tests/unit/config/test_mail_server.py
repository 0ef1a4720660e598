from __future__ import annotations

import pytest

from crossdock.config.mail_server import MailServerError, is_sender, read_mail_server


@pytest.mark.parametrize(
    ("address", "port", "tls"),
    [
        ("smtp://mail.shop.test", 587, "starttls"),
        ("smtp://user:secret@mail.shop.test:25", 25, "starttls"),
        ("smtps://user:secret@mail.shop.test", 465, "always"),
        ("smtp://127.0.0.1:1025", 1025, "none"),
        ("smtp://user:secret@localhost:1025", 1025, "none"),
        ("smtp://localhost:1025?starttls=yes", 1025, "starttls"),
        ("smtp://mailpit:1025?starttls=no", 1025, "none"),
    ],
)
def test_the_address_says_how_to_speak(address: str, port: int, tls: str) -> None:
    server = read_mail_server(address)

    assert (server.port, server.tls) == (port, tls)


@pytest.mark.parametrize(
    ("address", "wrong"),
    [
        ("mail.shop.test", "does not begin"),
        ("http://mail.shop.test", "does not begin"),
        ("smtp://", "names no host"),
        ("smtp://mail.shop.test:0", "port 0"),
        ("smtp://mail.shop.test:many", "cannot be read"),
        ("smtp://user@mail.shop.test", "not both"),
        ("smtp://mail.shop.test/inbox", "path"),
        ("smtp://mail.shop.test?tls=1", "other than starttls"),
        ("smtps://mail.shop.test?starttls=no", "other than starttls"),
        ("smtp://user:secret@mail.shop.test?starttls=no", "unencrypted"),
    ],
)
def test_what_is_no_mail_server_is_named_without_its_password(address: str, wrong: str) -> None:
    with pytest.raises(MailServerError, match=wrong) as caught:
        read_mail_server(address)

    assert "secret" not in str(caught.value)


def test_a_sender_is_an_address_with_or_without_a_name() -> None:
    assert is_sender("hub@shop.test")
    assert is_sender("Our shop <hub@shop.test>")
    assert not is_sender("hub")
    assert not is_sender("hub@shop.test\nBcc: eve@evil.test")
