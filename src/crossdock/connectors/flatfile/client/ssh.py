"""Connecting to a server by SSH and logging in.

The host key is pinned: nothing is sent, the password least of all, before the server's fingerprint is the one that
a person has confirmed.
"""

from __future__ import annotations

import io
import socket

import paramiko

from crossdock.connectors.errors import ConnectorError, Reconnect, Refused, Retry
from crossdock.connectors.flatfile.auth import Credentials

CONNECT_SECONDS = 15.0


def connect(credentials: Credentials) -> paramiko.Transport:
    """Connect, check the host key, and log in. Raises `Retry`, `Refused` or `Reconnect`."""
    address = (credentials.host, credentials.port)
    try:
        sock = socket.create_connection(address, timeout=CONNECT_SECONDS)
    except TimeoutError as error:
        raise Retry(f"{credentials.host} does not answer.", code="remoteTimeout") from error
    except OSError as error:
        raise Retry(
            f"{credentials.host}:{credentials.port} cannot be reached: {error.strerror or error}.",
            code="unreachable",
        ) from error
    transport = None
    try:
        transport = paramiko.Transport(sock)
        transport.banner_timeout = transport.auth_timeout = CONNECT_SECONDS
        transport.set_keepalive(15)
        if credentials.host_key_kind:
            _use_kind(transport, credentials.host_key_kind)
        transport.start_client(timeout=CONNECT_SECONDS)
        check_host_key(transport.get_remote_server_key(), credentials)
        _log_in(transport, credentials)
    except BaseException as error:
        if transport is not None:
            transport.close()
        sock.close()
        if isinstance(error, (EOFError, OSError, paramiko.SSHException)):
            raise _not_connected(credentials, error) from error
        raise
    return transport


def _not_connected(credentials: Credentials, error: Exception) -> ConnectorError:
    if isinstance(error, paramiko.AuthenticationException):
        how = "private key" if credentials.private_key else "password"
        return Reconnect(
            f"{credentials.host} does not accept the user {credentials.user} with this {how}. Connect again with "
            "the right one."
        )
    return Retry(
        f"{credentials.host} does not complete the connection: {str(error) or 'it hung up'}.",
        code="remoteUnavailable",
    )


def _use_kind(transport: paramiko.Transport, kind: str) -> None:
    """Ask for the algorithm of the pinned key: a server has a key for each."""
    options = transport.get_security_options()
    family = [one for one in options.key_types if _family(one) == _family(kind)]
    if not family:
        raise Refused(
            f"Host keys of the kind {kind} are not supported; leave the kind out, or confirm another key.",
            code="badCredentials",
            field="host_key",
        )
    options.key_types = tuple(family)


def _family(kind: str) -> str:
    return "ssh-rsa" if kind in ("rsa-sha2-256", "rsa-sha2-512") else kind


def check_host_key(key: paramiko.PKey, credentials: Credentials) -> None:
    """See that the server is the one that was confirmed. Raises `Refused` to confirm, `Reconnect` for another."""
    found = key.fingerprint.rstrip("=")
    if not credentials.host_key:
        raise Refused(
            f"Confirm that this is {credentials.host}: its host key is {key.get_name()} {found}. If its operator "
            "tells the same, connect again with that as the host key.",
            code="hostKeyUnconfirmed",
            field="host_key",
        )
    if found != credentials.host_key:
        raise Reconnect(
            f"{credentials.host} shows another host key than the one that was confirmed: {key.get_name()} {found} "
            f"instead of {credentials.host_key}. Ask its operator; if it was changed on purpose, connect again "
            "with the new one. Until then nothing is sent there.",
            code="hostKeyChanged",
            field="host_key",
        )


def _log_in(transport: paramiko.Transport, credentials: Credentials) -> None:
    if credentials.private_key:
        transport.auth_publickey(credentials.user, private_key(credentials))
    else:
        transport.auth_password(credentials.user, credentials.password)
    if not transport.is_authenticated():
        raise paramiko.AuthenticationException("the server wants more than this")


def private_key(credentials: Credentials) -> paramiko.PKey:
    """Read the private key. Raises `Refused` without repeating any of it."""
    kinds: tuple[type[paramiko.PKey], ...] = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)
    for kind in kinds:
        try:
            return kind.from_private_key(
                io.StringIO(f"{credentials.private_key}\n"), password=credentials.passphrase or None
            )
        except paramiko.PasswordRequiredException as error:
            raise Refused(
                "The private key is protected: give its passphrase.",
                code="badCredentials",
                field="passphrase",
            ) from error
        except (paramiko.SSHException, ValueError, IndexError, TypeError):
            continue
    raise Refused(
        "The private key cannot be read: it is damaged, its passphrase is wrong, or it is of a kind other than "
        "Ed25519, ECDSA and RSA.",
        code="badCredentials",
        field="private_key",
    )
