"""Sending mail: whether it can be, and one message to one person."""

from __future__ import annotations

import smtplib
from concurrent.futures import Future, ThreadPoolExecutor

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from crossdock.config.mail_server import MailServer

log = structlog.get_logger(__name__)
_sender = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mail")


class MailError(Exception):
    """A message was not taken over by the mail server; the text says why, for an operator."""


def mail_is_sent() -> bool:
    """Return whether a mail server is set up (``CROSSDOCK_EMAIL_URL``). Without one nothing is sent."""
    return _server() is not None


def send(to: str, subject: str, text: str, html: str = "") -> None:
    """Hand one message to the mail server, waiting 15 seconds at the most. Raises `MailError`.

    With `html` it says the same in two ways; every reader shows the plain text where it has no use for that.

    Call it outside of a transaction: a server that is slow would hold the transaction's locks.
    """
    server = _server()
    if server is None:
        raise MailError("no mail server is set up; set CROSSDOCK_EMAIL_URL and CROSSDOCK_EMAIL_FROM")
    message = EmailMultiAlternatives(" ".join(subject.split()), text, server.sender, [to])
    if html:
        message.attach_alternative(html, "text/html")
    try:
        message.send()
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise MailError(f"the mail server did not take a message to {to}: {_why(error)}") from error


def send_soon(to: str, subject: str, text: str) -> Future[None]:
    """Hand a message over in the background; a failure is logged and not raised.

    For answers that must take equally long whether there is anybody to write to or not.
    """
    return _sender.submit(_send_or_log, to, subject, text)


def _send_or_log(to: str, subject: str, text: str) -> None:
    try:
        send(to, subject, text)
    except MailError as error:
        log.warning("a mail was not sent", why=str(error))


def _server() -> MailServer | None:
    server: MailServer | None = settings.CROSSDOCK.mail
    return server


def _why(error: Exception) -> str:
    # An answer of the server may hold more than a person wants to read, and never our password.
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "it refused our user name and password"
    text = error.smtp_error if isinstance(error, smtplib.SMTPResponseException) else error
    shown = text.decode(errors="replace") if isinstance(text, bytes) else str(text)
    return shown[:200] or type(error).__name__
