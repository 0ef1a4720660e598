"""Getting and checking a store's credentials: by OAuth with the merchant's app, or a custom app's token.

Facts: ecwid-api/auth.md §1 to §4. A code is exchanged once and never again: exchanging it a second time
fails and kills the token the first exchange gave, so after a lost answer a person has to connect again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

import httpx2
import msgspec

from crossdock.connectors.contract import Grant, Services
from crossdock.connectors.ecwid import faults
from crossdock.connectors.ecwid.client import Answer, exchange, http, pass_gate
from crossdock.connectors.ecwid.routes import Call
from crossdock.connectors.errors import ConnectorError, Refused

OAUTH_URL = "https://my.ecwid.com/api/oauth"
SCOPES = (
    "read_store_profile",
    "read_catalog",
    "update_catalog",
    "create_catalog",
    "read_orders",
    "update_orders",
)
"""What the connector needs (auth.md §4). `read_store_profile` is granted always, listed or not."""

_AGAIN = "Start connecting again."
_STORE_ID = re.compile(r"[1-9][0-9]{0,15}")
_CUSTOM_TOKEN = re.compile(r"secret_[A-Za-z0-9]{8,200}")
_ANY_TOKEN = re.compile(r"[!-~]{1,500}")


class Credentials(NamedTuple):
    """Checked credentials. `scopes` are those OAuth granted; None for a custom app, which tells none."""

    store_id: str
    token: str
    scopes: tuple[str, ...] | None

    def __repr__(self) -> str:
        return f"Credentials(store_id={self.store_id!r})"


def checked(credentials: Mapping[str, str]) -> Credentials:
    """Check the form of credentials without a call. Raises `Refused` naming the field and the remedy."""
    store_id = str(credentials.get("store_id") or "").strip()
    token = str(credentials.get("token") or "").strip()
    if not _STORE_ID.fullmatch(store_id):
        raise _malformed(
            "store_id", "The store id is a number, shown at the foot of every page of the Ecwid admin."
        )
    if not token:
        raise _malformed("token", "The secret token is missing; copy it from the custom app's page in Ecwid.")
    if token.startswith("public_"):
        raise _malformed(
            "token", "This is the app's public token; copy the secret token, which begins with secret_."
        )
    if re.search(r"\s", token):
        raise _malformed("token", "The token holds a space or line break; copy it again, in one piece.")
    by_oauth = credentials.get("origin") == "oauth"
    if not (_ANY_TOKEN if by_oauth else _CUSTOM_TOKEN).fullmatch(token):
        raise _malformed(
            "token", "A secret token is secret_ and 32 letters and digits; copy it again, in one piece."
        )
    scopes = tuple(str(credentials.get("scopes") or "").split()) if by_oauth else None
    return Credentials(store_id, token, scopes)


def _malformed(field: str, reason: str) -> Refused:
    return Refused(reason, code="badCredentials", field=field)


class EcwidOAuth:
    """Connecting through Ecwid's consent page, or from its app market without one."""

    def authorize_url(self, config: Mapping[str, str], redirect_uri: str, state: str) -> str:
        """Return the address of the consent page. Raises `Refused` where the app's settings are missing."""
        client_id, _ = _app(config)
        query = {
            "client_id": client_id,
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "scope": " ".join(SCOPES),
        } | ({"state": state} if state else {})
        return f"{_address(config)}/authorize?{urlencode(query)}"

    def exchange(self, services: Services, code: str, redirect_uri: str) -> Grant:
        """Exchange a code, once and never again. Raises `Refused` with what to do."""
        client_id, client_secret = _app(services.config)
        if not code.strip():
            raise Refused(f"Ecwid sent no code. {_AGAIN}", code="codeMissing", field="code")
        form = {
            "client_id": client_id,
            "client_secret": client_secret,
            "code": code,
            "redirect_uri": redirect_uri,
            "grant_type": "authorization_code",
        }
        return _grant(_post(services, form))


def _app(config: Mapping[str, str]) -> tuple[str, str]:
    """Return the app's id and secret."""
    for key in ("client_id", "client_secret"):
        if not config.get(key):
            raise Refused(
                f"CROSSDOCK_ECWID_{key.upper()} is not set. Copy it from your app's page in Ecwid, or "
                "connect with a custom app's secret token instead.",
                code="oauthNotConfigured",
                field=f"CROSSDOCK_ECWID_{key.upper()}",
            )
    return config["client_id"], config["client_secret"]


def _address(config: Mapping[str, str]) -> str:
    return (config.get("oauth_url") or OAUTH_URL).rstrip("/")


def _post(services: Services, form: Mapping[str, str]) -> Answer:
    """Post the form; the secrets travel in the body, never in an address or a record."""
    url = f"{_address(services.config)}/token"
    path = urlsplit(url).path
    call = Call(method="POST", path=path)
    try:
        pass_gate(services)
        client = http(services, {})
        try:
            request = client.build_request("POST", url, data=dict(form))
            answer = exchange(services, client, request, call, path)
        finally:
            if services.transport is None:
                client.close()
    except httpx2.InvalidURL as error:
        raise Refused(
            f"CROSSDOCK_ECWID_OAUTH_URL is no address ({error}).",
            code="oauthNotConfigured",
            field="CROSSDOCK_ECWID_OAUTH_URL",
        ) from None
    except ConnectorError as error:
        if isinstance(error, faults.NotSent):
            raise Refused(f"{error.reason} The code was not used. {_AGAIN}", code=error.code) from error
        raise _lost(error.reason) from error
    return answer


def _grant(answer: Answer) -> Grant:
    if answer.status == 429:
        raise Refused(f"Ecwid asked for a pause. {_AGAIN[:-1]} in a minute.", code="rateLimited")
    if answer.status >= 500 or answer.status == 408 or 300 <= answer.status < 400:
        raise _lost(f"Ecwid answered {answer.status}.")
    said = _document(answer.body)
    if answer.status >= 400 or "error" in said:
        raise _declined(answer, said)
    token = said.get("access_token")
    store_id = said.get("store_id")
    store = "" if isinstance(store_id, bool) or not isinstance(store_id, int | str) else str(store_id)
    if not isinstance(token, str) or not _ANY_TOKEN.fullmatch(token) or not _STORE_ID.fullmatch(store):
        raise _lost("Ecwid's answer names no token or no store.")
    kind = said.get("token_type", "bearer")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise Refused(
            f"Ecwid gave a token of an unknown type. {_AGAIN}", code="tokenTypeUnknown", field="token_type"
        )
    scopes = _granted(said.get("scope"))
    missing = missing_scopes(scopes)
    if missing:
        raise Refused(
            f"The app was not granted: {', '.join(missing)}. Add these scopes in Ecwid, then connect again.",
            code="insufficientScope",
            field="scope",
        )
    return Grant(
        credentials={"store_id": store, "token": token, "origin": "oauth", "scopes": " ".join(scopes)},
        account_id=store,
        scopes=scopes,
    )


def missing_scopes(scopes: Sequence[str]) -> tuple[str, ...]:
    """Return the needed scopes that are not among `scopes`, in our order."""
    return tuple(scope for scope in SCOPES if scope not in scopes and scope != "read_store_profile")


def _granted(scope: object) -> tuple[str, ...]:
    """Read the granted scopes; an answer without the field granted what was asked for (RFC 6749 §5.1)."""
    if not isinstance(scope, str):
        return SCOPES
    return tuple(dict.fromkeys(("read_store_profile", *re.split(r"[\s,]+", scope.strip()))))


def _document(body: bytes) -> dict[str, object]:
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _declined(answer: Answer, said: Mapping[str, object]) -> Refused:
    """Turn a refusal of the token page into what a person is to do (bodies in the style of RFC 6749)."""
    error = str(said.get("error") or "")
    detail = faults.complaint(answer.body, answer.reason_phrase).message
    remedies = {
        "invalid_grant": (
            "codeExpired",
            f"The code has expired or was used before; codes live for a few minutes and work once. {_AGAIN}",
        ),
        "invalid_client": (
            "appUnknown",
            "Ecwid does not know the app: check CROSSDOCK_ECWID_CLIENT_ID and CROSSDOCK_ECWID_CLIENT_SECRET.",
        ),
        "access_denied": ("consentDenied", f"The connection was declined in Ecwid. {_AGAIN}"),
    }
    code, remedy = remedies.get(error, ("tokenRefused", f"Ecwid gave no token. {_AGAIN}"))
    if not error and answer.status == 401:
        code, remedy = "appUnknown", remedies["invalid_client"][1]
    return Refused(f"{remedy} ({detail})" if detail else remedy, code=code, field="code")


def _lost(reason: str) -> Refused:
    return Refused(
        f"{reason} The token may have been made, and its code works only once. {_AGAIN}",
        code="tokenAnswerLost",
        field="code",
    )
