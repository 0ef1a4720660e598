"""The Ecwid connector: Ecwid by Lightspeed's REST API v3, read and written as ecwid-api/ describes it.

    manifest, auth, mapping    what it offers, how an account is connected, which field goes where
    session          one store, open for calls
    client, batch, routes, faults    the calls that are made, one by one or many at once, and what answers mean
    pull             lists and single records, each with the bytes of its document; locations: derived, there is no list
    wire/            those documents, decoded
    translate/       documents to canonical records. Pure
    plan/            what would be written to a document as it is now. Pure
    push             reads, writes what was planned, reads back
    webhooks         what a webhook is about, and whether it is genuine

What is odd about Ecwid, and what is not done, is in README.md beside this file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from crossdock.connectors.contract import Account, Manifest, OAuth, Services, WebhookReader
from crossdock.connectors.ecwid.auth import EcwidOAuth, checked
from crossdock.connectors.ecwid.manifest import MANIFEST
from crossdock.connectors.ecwid.session import EcwidSession
from crossdock.connectors.ecwid.webhooks import EcwidWebhooks

if TYPE_CHECKING:
    from crossdock.connectors.contract import Store


class EcwidConnector:
    """The kind of outside system that an Ecwid store is."""

    manifest: Manifest = MANIFEST
    oauth: OAuth | None = EcwidOAuth()
    webhooks: WebhookReader | None = EcwidWebhooks()

    def open(
        self,
        credentials: Mapping[str, str],
        options: Mapping[str, object],  # noqa: ARG002 - the contract's: planning gets them anew each time
        account: Account | None,  # noqa: ARG002 - the contract's: a session learns nothing from it
        services: Services,
    ) -> Store:
        """Open one store. Raises `Refused` naming a missing or malformed credential; makes no call."""
        return EcwidSession(checked(credentials), services)


ECWID = EcwidConnector()

__all__ = ["ECWID"]
