"""One store: its data and what happens in it."""

from __future__ import annotations

import uuid
from random import Random
from typing import TYPE_CHECKING

from ecwid_twin.batch.queue import BatchQueue
from ecwid_twin.mails import Mails
from ecwid_twin.orders.book import OrderBook
from ecwid_twin.products.catalogue import Catalogue
from ecwid_twin.settings import Settings
from ecwid_twin.shop.categories import Categories
from ecwid_twin.shop.profile import Profile
from ecwid_twin.shop.records import Customers, Records
from ecwid_twin.stats import Stats
from ecwid_twin.webhooks.event import SCOPES, Event
from ecwid_twin.wire.message import Doc

if TYPE_CHECKING:
    from ecwid_twin.twin import Twin


class Store:
    """Everything that belongs to one store id."""

    def __init__(self, twin: Twin, store_id: int, profile: Doc, random: Random) -> None:
        self.twin = twin
        self.id = store_id
        self.random = random
        self.started = twin.clock.seconds()
        self.settings: Settings = twin.settings
        self.profile = Profile(profile, store_id)
        self.stats = Stats(self.started)
        self.mails = Mails()
        self.storage: dict[str, str] = {}
        self.categories = Categories(self, "Category", "category", "categories", 172_900_000)
        self.customers = Customers(self, "Customer", "customer", "customers", 271_000_000)
        self.coupons = Records(self, "Discount_coupon", "discount_coupon", "discountCoupons", 215_200_000)
        self.classes = Records(self, "Product_class", "product_class", "products", 38_000_000)
        self.classes.rows[0] = {"id": 0, "name": "", "attributes": []}
        self.catalogue = Catalogue(self)
        self.orders = OrderBook(self)
        self.batches = BatchQueue(twin.settings, random, twin.perform, store_id)

    def now(self) -> float:
        """The twin's time, Unix seconds."""
        return self.twin.clock.now()

    def seconds(self) -> int:
        """The twin's time, whole Unix seconds."""
        return self.twin.clock.seconds()

    def uuid(self) -> str:
        """A fresh UUID from the seeded source."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def emit(self, kind: str, entity: int | str, data: Doc | None = None) -> None:
        """Tell the app, if it is installed here and holds the scope for this kind of event."""
        scope = SCOPES.get(kind.partition(".")[0], "read_store_profile")
        if not kind.startswith("application.") and not any(
            token.alive and not token.public and token.store == self.id and scope in token.granted
            for token in self.twin.tokens.all()
        ):
            return
        self.twin.postman.tell(Event(self.uuid(), self.seconds(), self.id, kind, entity, data))

    def profile_changed(self) -> None:
        """Note and tell that the profile was changed."""
        self.stats.touch("profile", self.seconds())
        self.emit("profile.updated", self.id)

    def uninstall(self, client: str) -> int:
        """Remove an app: its tokens die; how many."""
        count = self.twin.tokens.revoke_app(self.id, client)
        self.emit("application.uninstalled", str(self.id))
        return count
