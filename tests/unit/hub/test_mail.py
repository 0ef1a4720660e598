"""Sending mail, also to a server that speaks SMTP on this machine."""

from __future__ import annotations

import socketserver
from collections.abc import Iterator
from dataclasses import replace
from threading import Thread
from typing import Any

import pytest
from django.core import mail as outbox

from crossdock.config.mail_server import MailServer
from crossdock.hub import mail

TO = "ann@shop.test"


@pytest.fixture
def mailing(settings: Any) -> Any:
    """Settings with a mail server; what is sent lands in Django's outbox."""
    server = MailServer("127.0.0.1", 25, tls="none", sender="Hub <hub@shop.test>")
    settings.CROSSDOCK = replace(settings.CROSSDOCK, mail=server)
    return settings


class Desk(socketserver.StreamRequestHandler):
    """A mail server that takes messages for ``@shop.test`` and refuses others."""

    taken: list[str] = []

    def handle(self) -> None:
        """Speak as much SMTP as a client needs."""
        self.say("220 desk")
        for raw in self.rfile:
            word = raw.decode().strip()
            if word.upper().startswith("RCPT") and "@shop.test" not in word:
                self.say("550 no such person here")
            elif word.upper() == "DATA":
                self.say("354 go on")
                self.taken.append("".join(line.decode() for line in iter(self.rfile.readline, b".\r\n")))
                self.say("250 taken")
            elif word.upper() == "QUIT":
                return self.say("221 bye")
            else:
                self.say("250 fine")
        return None

    def say(self, text: str) -> None:
        """Answer."""
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def desk(mailing: Any) -> Iterator[list[str]]:
    """The messages that a real server took."""
    Desk.taken = []
    with socketserver.TCPServer(("127.0.0.1", 0), Desk) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        mailing.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        mailing.EMAIL_HOST, mailing.EMAIL_PORT = "127.0.0.1", server.server_address[1]
        yield Desk.taken
        server.shutdown()


def test_without_a_server_nothing_is_sent_and_that_is_said() -> None:
    assert not mail.mail_is_sent()
    with pytest.raises(mail.MailError, match="CROSSDOCK_EMAIL_URL"):
        mail.send(TO, "Hello", "text")
    assert not outbox.outbox


def test_a_message_is_from_the_configured_sender_and_its_subject_is_one_line(mailing: Any) -> None:
    assert mail.mail_is_sent()
    mail.send(TO, "Order 7\nBcc: eve@evil.test", "text")
    [message] = outbox.outbox
    assert (message.from_email, message.to, message.bcc) == ("Hub <hub@shop.test>", [TO], [])
    assert message.subject == "Order 7 Bcc: eve@evil.test"


def test_a_message_goes_out_over_smtp(desk: list[str]) -> None:
    mail.send(TO, "Hello", "Grüße")
    assert "Subject: Hello" in desk[0]


def test_a_refusal_says_what_the_server_said(desk: list[str]) -> None:
    with pytest.raises(mail.MailError, match="no such person"):
        mail.send("eve@evil.test", "Hello", "text")
    assert not desk
