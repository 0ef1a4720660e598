"""One Ecwid store, open for calls."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from crossdock.canon import Location, Order, Product
from crossdock.connectors.contract import (
    Account,
    FulfillmentTarget,
    ProductTarget,
    Services,
    Source,
    StockTarget,
    Translated,
)
from crossdock.connectors.ecwid import locations, translate
from crossdock.connectors.ecwid.auth import SCOPES, Credentials, missing_scopes
from crossdock.connectors.ecwid.client import Client
from crossdock.connectors.ecwid.pull import OrderSource, ProductSource
from crossdock.connectors.ecwid.push import Fulfillments, Products, Stock
from crossdock.connectors.ecwid.routes import Call
from crossdock.connectors.errors import Refused

PROFILE_FIELDS = (
    "generalInfo(storeId,storeUrl),settings(storeName,closed),account(suspended,availableFeatures),"
    "company(companyName),formatsAndUnits,languages(enabledLanguages,defaultLanguage),featureToggles"
)
READS = {"read_catalog": "/products", "read_orders": "/orders"}
"""One cheap read for each scope that a custom app's token does not tell of."""


class EcwidSession:
    """One store. Nothing is called before the first method is."""

    def __init__(self, credentials: Credentials, services: Services) -> None:
        self._credentials = credentials
        self._client = Client(services, credentials.store_id, credentials.token)
        orders, products = OrderSource(self._client), ProductSource(self._client)
        self.orders: Source[Order] = orders
        self.products: Source[Product] = products
        self.stock: StockTarget = Stock(self._client)
        self.fulfillments: FulfillmentTarget = Fulfillments(self._client, orders)
        self.product_target: ProductTarget = Products(self._client, products)

    def probe(self) -> Account:
        """Read the account; the check that credentials are good. Raises `Reconnect` or `Refused`.

        One call after OAuth, which told the scopes. A custom app's token tells none: two reads of one
        record's count each, three calls in all, show what it may read. What it may write shows at the
        first write, and is told as not seen until then: a custom app has the write scopes unless its owner
        took them away (auth.md §2).
        """
        call = Call(method="GET", path="/profile", query={"responseFields": PROFILE_FIELDS})
        try:
            profile = self._client.call(call)
        except Refused as error:
            if error.code != "notAvailableOnCurrentPlan":
                raise
            raise Refused(
                "This store's Ecwid plan gives apps no access: it is part of Ecwid's paid plans. Change the "
                "store's plan in Ecwid, then connect again.",
                code=error.code,
            ) from error
        account = translate.account(profile, self._credentials.scopes or SCOPES)
        if account.account_id != self._credentials.store_id:
            raise Refused(
                f"The token belongs to store {account.account_id}, not to "
                f"{self._credentials.store_id}: correct the store id.",
                code="storeMismatch",
                field="store_id",
            )
        granted = self._credentials.scopes
        scopes, unseen = (granted, ()) if granted is not None else self._learned_scopes()
        notes = account.notes
        if missing := missing_scopes((*scopes, *unseen)):
            notes = (
                *notes,
                f"The app lacks {', '.join(missing)}: add these scopes in Ecwid to use every flow.",
            )
        return msgspec.structs.replace(account, scopes=scopes, unseen_scopes=unseen, notes=notes)

    def locations(self, seen: frozenset[str]) -> Sequence[Translated[Location]]:
        """Derive the locations. `seen` are location ids met elsewhere (orders, products)."""
        return locations.read(self._client, seen)

    def close(self) -> None:
        """Release connections."""
        self._client.close()

    def _learned_scopes(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the scopes that a read shows to be held, and those that no read can show."""
        lacking: set[str] = set()
        for scope, path in READS.items():
            try:
                self._client.call(
                    Call(method="GET", path=path, query={"limit": "1", "responseFields": "total,count,limit"})
                )
            except Refused as error:
                if error.code != "insufficientScope":
                    raise
                lacking.add(scope)
        shown = {"read_store_profile", *READS}
        return (
            tuple(scope for scope in SCOPES if scope in shown - lacking),
            tuple(scope for scope in SCOPES if scope not in shown),
        )
