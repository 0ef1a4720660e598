"""The flat-file connector: CSV and JSON through a folder of this machine, or one on a server by SFTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from crossdock.connectors.contract import Account, Manifest, OAuth, Services, WebhookReader
from crossdock.connectors.flatfile.auth import checked
from crossdock.connectors.flatfile.manifest import MANIFEST
from crossdock.connectors.flatfile.options import read_options
from crossdock.connectors.flatfile.session import FlatFileSession
from crossdock.connectors.flatfile.translate.columns import check_columns

if TYPE_CHECKING:
    from crossdock.connectors.contract import Warehouse


class FlatFileConnector:
    """The kind of outside system that a folder of files is."""

    manifest: Manifest = MANIFEST
    oauth: OAuth | None = None
    webhooks: WebhookReader | None = None

    def open(
        self,
        credentials: Mapping[str, str],
        options: Mapping[str, object],
        account: Account | None,
        services: Services,
    ) -> Warehouse:
        """Open one folder. Raises `Refused` naming a credential or setting that is wrong; makes no call."""
        found = read_options(options)
        check_columns(found)
        return FlatFileSession(checked(credentials), found, account, services)


FLATFILE = FlatFileConnector()

__all__ = ["FLATFILE"]
