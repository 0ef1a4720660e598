"""Who is looking: some answers are reduced for public tokens (ecwid-api/auth.md §1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ecwid_twin.store import Store
    from ecwid_twin.wire.message import Call


def is_public(store: Store, call: Call) -> bool:
    """Whether the call was made with a public token."""
    token = store.twin.tokens.get(call.token)
    return token is not None and token.public
