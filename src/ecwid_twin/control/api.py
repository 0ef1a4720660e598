"""The control API over HTTP: JSON in, JSON out, below `/_control`."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING
from urllib.parse import unquote

import msgspec

from ecwid_twin.access import scopes
from ecwid_twin.control.control import Control
from ecwid_twin.generator import shop
from ecwid_twin.wire.errors import ApiError
from ecwid_twin.wire.message import JSON, Call, Doc, Reply, answer, decode

if TYPE_CHECKING:
    from ecwid_twin.access.tokens import Token
    from ecwid_twin.twin import Twin

Action = Callable[["Ask"], JSON]


class Ask:
    """One control request: ids from the path, query, JSON body, and the store it is about (`?store=`)."""

    def __init__(self, call: Call, ids: list[str]) -> None:
        self.query, self.ids = call.query, ids
        self.body: Doc = {}
        if call.body.strip():
            value = decode(call.body)
            if not isinstance(value, dict):
                raise ValueError("the body must be a JSON object")
            self.body = value
        text = call.query.get("store", "")
        self.store = int(text) if text else None

    def number(self, name: str, default: int) -> int:
        """An integer of the query."""
        return int(self.query.get(name) or default)


class ControlApi:
    """Answers calls below `/_control`."""

    def __init__(self, twin: Twin) -> None:
        self._twin = twin
        self.control = Control(twin)
        self._routes: dict[tuple[str, str], Action] = {}
        for register in (self._reads, self._order_routes, self._product_routes, self._weather_routes):
            register()

    def handle(self, call: Call) -> Reply:
        """Answer one request: 400 with an `error` for bad input, the store's own refusal where it refuses."""
        key = self._twin.config.control_key
        if key and not hmac.compare_digest(call.headers.get("x-control-key", "").encode(), key.encode()):
            return answer({"error": "the X-Control-Key header is missing or wrong"}, 401)
        parts = [unquote(part) for part in call.path.strip("/").split("/")[1:]]
        for pattern, ids in _patterns(parts):
            action = self._routes.get((call.method, pattern))
            if action is not None:
                return self._run(action, call, ids)
        return answer({"error": f"no control endpoint {call.method} /_control/{'/'.join(parts)}"}, 404)

    def _run(self, action: Action, call: Call, ids: list[str]) -> Reply:
        try:
            result = action(Ask(call, ids))
        except ApiError as error:
            return error.reply()
        except (ValueError, TypeError, KeyError, msgspec.DecodeError) as error:
            return answer({"error": str(error)}, 400)
        return answer({"ok": True} if result is None else result)

    def _add(self, method: str, pattern: str, action: Action) -> None:
        self._routes[method, pattern] = action

    def _reads(self) -> None:
        control, add = self.control, self._add
        add("GET", "calls", lambda ask: control.calls(ask.number("offset", 0), ask.number("limit", 1000)))
        add("GET", "calls/count", lambda _: {"count": control.call_count()})
        add("DELETE", "calls", lambda _: control.clear_calls())
        add("GET", "orders", lambda ask: control.orders(ask.query.get("fields", ""), store_id=ask.store))
        add("GET", "products", lambda ask: control.products(ask.query.get("fields", ""), store_id=ask.store))
        add("GET", "stock", lambda ask: control.stock(store_id=ask.store))
        add("GET", "mails", lambda ask: control.mails(store_id=ask.store))
        add("GET", "stores", lambda _: {"stores": list(self._twin.stores)})
        add("GET", "settings", lambda _: self._settings())
        add("GET", "clock", lambda _: self._clock())

    def _order_routes(self) -> None:
        control, add = self.control, self._add
        add("POST", "orders", lambda ask: control.place_order(ask.body, store_id=ask.store))
        add("POST", "orders/raw", lambda ask: control.put_order(ask.body, store_id=ask.store))
        add("POST", "orders/generate", self._generate)
        add("GET", "orders/*", lambda ask: control.order(ask.ids[0], store_id=ask.store))
        add("PATCH", "orders/*", lambda ask: control.edit_order(ask.ids[0], ask.body, store_id=ask.store))
        add("DELETE", "orders/*", lambda ask: control.delete_order(ask.ids[0], store_id=ask.store))
        add("POST", "orders/*/cancel", lambda ask: control.cancel_order(ask.ids[0], store_id=ask.store))
        add(
            "POST",
            "orders/*/refund",
            lambda ask: control.refund_order(ask.ids[0], ask.body.get("amount"), store_id=ask.store),
        )

    def _product_routes(self) -> None:
        control, add = self.control, self._add
        add("POST", "products", lambda ask: control.create_product(ask.body, store_id=ask.store))
        add("POST", "products/raw", lambda ask: control.put_product(ask.body, store_id=ask.store))
        add("GET", "products/*", lambda ask: control.product(ask.ids[0], store_id=ask.store))
        add("PATCH", "products/*", lambda ask: control.edit_product(ask.ids[0], ask.body, store_id=ask.store))
        add(
            "DELETE",
            "products/*",
            lambda ask: {"deleteCount": control.delete_product(ask.ids[0], store_id=ask.store)},
        )
        add("PUT", "stock", self._set_stock)

    def _weather_routes(self) -> None:
        control, add = self.control, self._add
        add("GET", "faults", lambda _: [asdict(fault) for fault in self._twin.dial.faults])
        add("POST", "faults", lambda ask: control.fault(**ask.body))
        add("DELETE", "faults", lambda _: control.clear_faults())
        add("GET", "tokens", lambda ask: [_token(token) for token in control.tokens(store_id=ask.store)])
        add("POST", "tokens", self._issue)
        add("POST", "tokens/revoke", self._revoke)
        add(
            "PATCH",
            "tokens",
            lambda ask: control.set_scopes(str(ask.body["token"]), _scopes(ask.body["scopes"])),
        )
        add("POST", "install", self._install)
        add("POST", "uninstall", lambda ask: {"revoked": control.uninstall(store_id=ask.store)})
        add("PATCH", "settings", self._change_settings)
        add("GET", "webhooks", lambda _: control.webhooks())
        add("PUT", "webhooks", self._configure_webhooks)
        add("POST", "webhooks/flush", self._flush)
        add(
            "POST",
            "webhooks/redeliver",
            lambda ask: {"queued": control.redeliver(str(ask.body.get("eventId")))},
        )
        add("POST", "webhooks/mischief", lambda ask: control.mischief(**ask.body))
        add("POST", "webhooks/unblock", lambda _: control.unblock_webhooks())
        add("POST", "clock", self._move_clock)
        add("POST", "settle", lambda _: control.settle())
        add("POST", "limits/reset", lambda _: control.reset_limits())
        add("POST", "stores", self._add_store)

    def _generate(self, ask: Ask) -> JSON:
        with self._twin.lock:
            store = self.control.store(ask.store)
            maker = shop.Maker(store, store.random)
            now = store.seconds()
            days = float(ask.body.get("days", 90))
            count = int(ask.body.get("orders", 1))
            moments = sorted(now - int(store.random.random() * days * 86400) for _ in range(count))
            store.orders.load(maker.past(moment, now) for moment in moments)
            store.stats.touch("orders", now)
        return {"orders": count}

    def _set_stock(self, ask: Ask) -> JSON:
        unlimited = bool(ask.body.get("unlimited"))
        quantity = None if unlimited else int(ask.body["quantity"])
        self.control.set_stock(str(ask.body["sku"]), quantity, store_id=ask.store)
        return None

    def _issue(self, ask: Ask) -> JSON:
        granted = ask.body.get("scopes")
        token = self.control.issue_token(None if granted is None else _scopes(granted), store_id=ask.store)
        return {"token": token.value, "scopes": sorted(token.granted)}

    def _revoke(self, ask: Ask) -> JSON:
        return {"revoked": self.control.revoke_token(str(ask.body.get("token") or ""), store_id=ask.store)}

    def _install(self, ask: Ask) -> JSON:
        granted = _scopes(ask.body.get("scopes") or list(scopes.CUSTOM_APP))
        uri = str(ask.body.get("redirectUri") or "")
        return {"location": self.control.market_install(granted, uri, store_id=ask.store)}

    def _settings(self) -> JSON:
        profile = self._twin.store.profile.doc
        return {
            **self._twin.settings.show(),
            "currency": profile.get("formatsAndUnits", {}).get("currency"),
            "redirectUris": self._twin.redirect_uris,
        }

    def _change_settings(self, ask: Ask) -> JSON:
        values = dict(ask.body)
        for uri in values.pop("redirectUris", []):
            self.control.register_redirect(str(uri))
        if "currency" in values:
            self.control.set_currency(str(values.pop("currency")), store_id=ask.store)
        for name, enabled in values.pop("toggles", {}).items():
            self.control.set_toggle(name, enabled=bool(enabled), store_id=ask.store)
        self.control.set(**values)
        return self._settings()

    def _configure_webhooks(self, ask: Ask) -> JSON:
        self.control.configure_webhooks(
            str(ask.body.get("url") or ""), types=ask.body.get("types"), headers=ask.body.get("headers")
        )
        return None

    def _flush(self, ask: Ask) -> JSON:
        """Does not wait: the server must stay free for what the app asks in answer to a webhook."""
        done = self.control.flush_webhooks(everything=bool(ask.body.get("everything")), timeout=0)
        return {"done": done}

    def _clock(self) -> JSON:
        return {"now": self._twin.clock.now(), "offset": self._twin.clock.offset}

    def _move_clock(self, ask: Ask) -> JSON:
        if "set" in ask.body:
            with self._twin.lock:
                self._twin.clock.set(float(ask.body["set"]))
            self._twin.wake()
        else:
            self.control.advance(float(ask.body["advance"]))
        return self._clock()

    def _add_store(self, ask: Ask) -> JSON:
        number = int(ask.body["storeId"])
        token = self.control.add_store(
            number,
            currency=str(ask.body.get("currency") or ""),
            orders=int(ask.body.get("orders") or 0),
            samples=bool(ask.body.get("samples")),
        )
        return {"storeId": number, "token": token}


def _patterns(parts: list[str]) -> list[tuple[str, list[str]]]:
    """The literal path first, then the path with its second segment as an id."""
    found: list[tuple[str, list[str]]] = [("/".join(parts), [])]
    if len(parts) > 1:
        found.append(("/".join([parts[0], "*", *parts[2:]]), [parts[1]]))
    return found


def _scopes(value: JSON) -> tuple[str, ...]:
    return scopes.split(value) if isinstance(value, str) else tuple(str(item) for item in value)


def _token(token: Token) -> Doc:
    return {
        "tail": token.tail,
        "storeId": token.store,
        "client": token.client,
        "public": token.public,
        "alive": token.alive,
        "scopes": sorted(token.granted),
    }
