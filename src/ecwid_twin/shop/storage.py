"""App storage and the app's own status (ecwid-api/auth.md §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecwid_twin.wire import dates
from ecwid_twin.wire.errors import ApiError, wrong_parameter
from ecwid_twin.wire.message import Call, Reply, answer
from ecwid_twin.wire.router import Router

if TYPE_CHECKING:
    from ecwid_twin.store import Store

MOST = 1 << 20
MOST_PUBLIC = 256 << 10


def register(router: Router) -> None:
    """Add the endpoints to `router`."""
    read, write = "read_store_profile", "update_store_profile"
    router.add("GET", "storage", list_all, read)
    router.add("GET", "storage/*", get, read)
    router.add("POST", "storage/*", put, write)
    router.add("PUT", "storage/*", put, write)
    router.add("DELETE", "storage/*", delete, write)
    router.add("GET", "application", status, read)
    router.add("DELETE", "application", uninstall, write)


def list_all(store: Store, _call: Call, _ids: list[str]) -> Reply:
    """Everything stored: a bare array."""
    return answer([{"key": key, "value": value} for key, value in store.storage.items()])


def get(store: Store, _call: Call, ids: list[str]) -> Reply:
    """One value; the 404 has the old error keys."""
    if ids[0] not in store.storage:
        error = ApiError(404)
        error.body = {"error": "OTHER", "errorMessage": "Key not found"}
        raise error
    return answer({"key": ids[0], "value": store.storage[ids[0]]})


def put(store: Store, call: Call, ids: list[str]) -> Reply:
    """Store the raw body as the value, creating the key when it is new."""
    if len(ids[0]) > 1024 or len(call.body) > (MOST_PUBLIC if ids[0] == "public" else MOST):
        raise wrong_parameter("value", f"{len(call.body)} bytes", "a shorter key or value")
    store.storage[ids[0]] = call.body.decode("utf-8", "replace")
    store.emit("application.storageChanged", str(store.id), {"key": ids[0]})
    return answer({"updateCount": 1})


def delete(store: Store, _call: Call, ids: list[str]) -> Reply:
    """Remove a value."""
    return answer({"deleteCount": 0 if store.storage.pop(ids[0], None) is None else 1})


def status(store: Store, _call: Call, _ids: list[str]) -> Reply:
    """The app's subscription: free and externally billed apps are always active."""
    started = dates.show(store.started)
    return answer(
        {"subscription": {"startDate": started, "status": "ACTIVE"}, "subscriptionStatus": "ACTIVE"}
    )


def uninstall(store: Store, call: Call, _ids: list[str]) -> Reply:
    """Uninstall the app: all its tokens die. `namespace` must be the app of the calling token."""
    token = store.twin.tokens.get(call.token)
    if token is None or call.query.get("namespace") != token.client:
        raise wrong_parameter("namespace", call.query.get("namespace", ""), "the app's client_id")
    store.uninstall(token.client)
    return answer({"deleteCount": 1})
