"""OAuth: authorize, consent, token exchange, market installation (ecwid-api/auth.md §3)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ecwid_twin.access import consent, scopes
from ecwid_twin.access.tokens import Code
from ecwid_twin.wire.message import Call, Reply, answer

if TYPE_CHECKING:
    from ecwid_twin.twin import Twin

HTML = "text/html;charset=UTF-8"


@dataclass(frozen=True, slots=True)
class _Ask:
    client: str
    redirect: str
    scope: tuple[str, ...]
    state: str | None


def handle(twin: Twin, call: Call) -> Reply:
    """Answer a call below `/api/oauth`."""
    form = dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True))
    match call.path.rstrip("/").rpartition("/")[2], call.method:
        case "authorize", "GET":
            return _authorize(twin, call.query)
        case "authorize", "POST":
            return _decide(twin, {**call.query, **form})
        case "token", "GET":
            return _exchange(twin, call.query)
        case "token", "POST":
            return _exchange(twin, form)
        case (("authorize" | "token"), _):
            return Reply(405, consent.problem("Method not allowed"), HTML)
        case _:
            return Reply(404, consent.problem("There is no such page"), HTML)


def allowed_redirect(uri: str, registered: list[str]) -> bool:
    """Whether `uri` lies on a registered address: same scheme and host, same path or below it."""
    given = urlsplit(uri)
    if given.fragment or ".." in given.path.split("/"):
        return False
    for known in map(urlsplit, registered):
        if (given.scheme, given.netloc) != (known.scheme, known.netloc):
            continue
        path = known.path.rstrip("/")
        if given.path.rstrip("/") == path or given.path.startswith(f"{path}/"):
            return True
    return False


def _authorize(twin: Twin, query: dict[str, str]) -> Reply:
    ask = _read(twin, query)
    if isinstance(ask, str):
        return Reply(400, consent.problem(ask), HTML)
    stores = [
        (store.id, str(store.profile.doc.get("settings", {}).get("storeName") or "Store"))
        for store in twin.stores.values()
    ]
    page = consent.consent(ask.client, dict.fromkeys((scopes.ALWAYS, *ask.scope)), stores, query)
    headers = {"X-Frame-Options": "DENY", "Cache-Control": "no-store"}
    return Reply(200, page, HTML, headers)


def _read(twin: Twin, query: dict[str, str]) -> _Ask | str:
    """The checked request, or what is wrong with it (shown to the merchant, no redirect)."""
    client, redirect = query.get("client_id", ""), query.get("redirect_uri", "")
    if client != twin.config.client_id:
        return f"Unknown client_id: {client or '(missing)'}"
    if not redirect or not allowed_redirect(redirect, twin.redirect_uris):
        return f"redirect_uri is not registered for this app: {redirect or '(missing)'}"
    if query.get("response_type") != "code":
        return "response_type must be 'code'"
    wanted = scopes.split(query.get("scope", ""))
    if not wanted:
        return "scope is missing"
    unknown = [scope for scope in wanted if scope not in twin.config.app_scopes]
    if unknown:
        return f"The app is not registered for the scope: {', '.join(unknown)}"
    return _Ask(client, redirect, wanted, query.get("state"))


def _decide(twin: Twin, values: dict[str, str]) -> Reply:
    ask = _read(twin, values)
    if isinstance(ask, str):
        return Reply(400, consent.problem(ask), HTML)
    state = {} if ask.state is None else {"state": ask.state}
    if values.get("decision") != "allow":
        return _redirect(ask.redirect, {"error": "access_denied", **state})
    text = values.get("store_id") or str(twin.store.id)
    if not text.isdecimal() or int(text) not in twin.stores:
        return Reply(400, consent.problem(f"Unknown store: {text}"), HTML)
    code = _code(twin, int(text), ask.scope, ask.redirect, dialog=True)
    return _redirect(ask.redirect, {"code": code.value, **state})


def _code(twin: Twin, store: int, wanted: tuple[str, ...], redirect: str, *, dialog: bool) -> Code:
    granted = tuple(dict.fromkeys((scopes.ALWAYS, *wanted)))
    only = scopes.split(twin.settings.grantOnly)
    if only:
        granted = tuple(scope for scope in granted if scope in only or scope == scopes.ALWAYS)
    expires = twin.clock.now() + twin.settings.codeLifetime
    return twin.tokens.new_code(store, twin.config.client_id, granted, redirect, expires, dialog=dialog)


def market_install(twin: Twin, store: int, wanted: tuple[str, ...], redirect: str) -> str:
    """An installation from the market: the address the browser is sent to, without `state`."""
    target = redirect or (twin.redirect_uris[0] if twin.redirect_uris else "")
    if not allowed_redirect(target, twin.redirect_uris):
        raise ValueError(f"redirect_uri is not registered: {target or '(none)'}")
    code = _code(twin, store, wanted, target, dialog=False)
    return _with_query(target, {"code": code.value})


def _redirect(uri: str, values: dict[str, str]) -> Reply:
    return Reply(302, b"", HTML, {"Location": _with_query(uri, values), "Cache-Control": "no-store"})


def _with_query(uri: str, values: dict[str, str]) -> str:
    parts = urlsplit(uri)
    query = "&".join(part for part in (parts.query, urlencode(values)) if part)
    return urlunsplit(parts._replace(query=query))


def _exchange(twin: Twin, values: dict[str, str]) -> Reply:
    missing = [
        name
        for name in ("client_id", "client_secret", "code", "grant_type", "redirect_uri")
        if not values.get(name)
    ]
    if missing:
        return _refuse(400, "invalid_request", f"Missing parameter: {', '.join(missing)}")
    if values["grant_type"] != "authorization_code":
        return _refuse(400, "unsupported_grant_type", "grant_type must be authorization_code")
    secret_fits = hmac.compare_digest(values["client_secret"].encode(), twin.config.client_secret.encode())
    if values["client_id"] != twin.config.client_id or not secret_fits:
        return _refuse(401, "invalid_client", "Client authentication failed")
    code = twin.tokens.code(values["code"])
    if code is not None and code.used:
        for token in code.issued:
            token.alive = False
        return _refuse(400, "invalid_grant", "Authorization code was used already; its token is disabled")
    if code is None or twin.clock.now() > code.expires or code.redirect != values["redirect_uri"]:
        return _refuse(400, "invalid_grant", "Authorization code is invalid or expired")
    return _issue(twin, code)


def _issue(twin: Twin, code: Code) -> Reply:
    code.used = True
    twin.tokens.revoke_app(code.store, code.client)
    code.issued = twin.tokens.issue(code.store, code.client, code.granted)
    store = twin.stores[code.store]
    store.emit("application.installed", str(code.store))
    body = {
        "access_token": code.issued[0].value,
        "token_type": "Bearer",
        "scope": " ".join(code.granted),
        "store_id": code.store,
    }
    if code.dialog:
        body["email"] = str(store.profile.doc.get("account", {}).get("accountEmail") or "owner@example.com")
    if len(code.issued) > 1:
        body["public_token"] = code.issued[1].value
    reply = answer(body)
    reply.headers["Cache-Control"] = "no-store"
    return reply


def _refuse(status: int, error: str, description: str) -> Reply:
    return answer({"error": error, "error_description": description}, status)
