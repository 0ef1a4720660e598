"""One connected folder, open for use."""

from __future__ import annotations

from crossdock.canon import Order, Product, Shipment, ShipmentReport, StockCount
from crossdock.connectors.contract import Account, Inbox, Outbox, Services
from crossdock.connectors.errors import Refused
from crossdock.connectors.flatfile import translate
from crossdock.connectors.flatfile.auth import Credentials
from crossdock.connectors.flatfile.client import Taken, open_place
from crossdock.connectors.flatfile.identity import FILE, Identity, other_folder
from crossdock.connectors.flatfile.options import INCOMING, OUTGOING, PUT_AWAY, Options
from crossdock.connectors.flatfile.pull import FileInbox
from crossdock.connectors.flatfile.push import FileOutbox

TRIAL = ".crossdock-trial"
"""The file that is moved about to see that everything may be written; hidden, and removed again."""


class FlatFileSession:
    """One folder with its subfolders. Nothing is looked at before the first method is called."""

    def __init__(
        self, credentials: Credentials, options: Options, account: Account | None, services: Services
    ) -> None:
        self._options, self._random = options, services.random
        self._credentials = credentials
        self._place = place = open_place(credentials, services)
        self._foreign = services.foreign
        self._known_at = account.url if account is not None else ""
        self._identity = Identity(place, options.work, account.account_id if account is not None else None)
        self.shipment_outbox: Outbox[Shipment] | None = FileOutbox(
            place, self._identity, options, "shipments", translate.shipment_file
        )
        self.order_outbox: Outbox[Order] | None = FileOutbox(
            place, self._identity, options, "orders", translate.order_file
        )
        self.report_inbox: Inbox[ShipmentReport] | None = FileInbox(
            place,
            options,
            "fulfillments",
            translate.reports,
            clock=services.clock,
            gathered=translate.gathered_rows,
        )
        self.count_inbox: Inbox[StockCount] | None = FileInbox(
            place, options, "inventory", translate.counts, clock=services.clock
        )
        self.product_inbox: Inbox[Product] | None = FileInbox(
            place, options, "products", translate.products, clock=services.clock
        )

    def probe(self) -> Account:
        """Make the folders that are missing, and see that files can be written and moved in each of them.

        Raises `Reconnect` or `Refused`; `Refused` with the code ``otherFolder`` where this is not the folder that
        was connected, and ``folderTaken`` where another organization's files would lie in it, before anything is
        made.
        """
        self._refuse_foreign_folder()
        self._refuse_other_folder()
        options, place = self._options, self._place
        place.make_folder("")
        place.make_folder(options.work)
        for entity in OUTGOING:
            place.make_folder(options.folders[entity])
            self._try_move(options.work, options.folders[entity])
        for folder in dict.fromkeys(options.folders[entity] for entity in INCOMING):
            for away in PUT_AWAY:
                place.make_folder(f"{folder}/{away}")
                self._try_move(folder, f"{folder}/{away}")
        where = place.where()
        return Account(
            account_id=self._identity.make(self._random),
            name=self._credentials.path.strip("/").rpartition("/")[2] or where,
            currency=options.currency,
            timezone=options.timezone.key,
            url=where,
        )

    def close(self) -> None:
        """Release connections."""
        self._place.close()

    def _refuse_foreign_folder(self) -> None:
        """Keep out of other organizations' folders of this machine; who may use a server, its own account says.

        A folder that has been connected stays so.
        """
        here = self._place.where()
        if self._credentials.host or here == self._known_at:
            return
        for there in self._foreign:
            if f"{here}/".startswith(f"{there}/") or f"{there}/".startswith(f"{here}/"):
                raise Refused(
                    f"{self._credentials.path} lies within, or around, a folder that another organization of this "
                    "installation uses. Name a folder that nobody else's lies in.",
                    code="folderTaken",
                    field="path",
                )

    def _refuse_other_folder(self) -> None:
        expected = self._identity.expected
        if expected is None:
            return
        try:
            found = self._identity.find()
        except Refused as error:
            if error.code != "folderMissing":
                raise
            found = None
        if found != expected:
            path = f"{self._options.work}/{FILE}"
            raise Refused(other_folder(self._place.where(), path, expected), code="otherFolder", field="path")

    def _try_move(self, source: str, target: str) -> None:
        """Write a file in one folder, move it into the other, and remove it."""
        begin, end = f"{source}/{TRIAL}", f"{target}/{TRIAL}"
        self._place.remove(end)
        self._place.write(begin, b"Crossdock was here to see whether files can be moved.\n")
        try:
            self._place.move(begin, end)
        except Taken:
            self._place.remove(begin)
        self._place.remove(end)
