"""The mock warehouse: a warehouse that is not there, for trying things out. See README.md beside this file."""

from __future__ import annotations

from collections.abc import Mapping

from crossdock.connectors.contract import Account, Manifest, OAuth, Services, Warehouse, WebhookReader
from crossdock.connectors.mockwarehouse.habits import habits
from crossdock.connectors.mockwarehouse.manifest import MANIFEST
from crossdock.connectors.mockwarehouse.session import MockSession


class MockWarehouseConnector:
    """The kind of outside system that a mock warehouse stands for."""

    manifest: Manifest = MANIFEST
    oauth: OAuth | None = None
    webhooks: WebhookReader | None = None

    def open(
        self,
        credentials: Mapping[str, str],  # noqa: ARG002 - the contract's: this one has no door to open
        options: Mapping[str, object],
        account: Account | None,
        services: Services,
    ) -> Warehouse:
        """Open one mock warehouse. Raises `Refused` naming an option that makes no sense."""
        return MockSession(habits(options), account, services)


MOCKWAREHOUSE = MockWarehouseConnector()

__all__ = ["MOCKWAREHOUSE"]
