"""The stand-in store as the demo sees it: its control API, where shopper and merchant are played.

What it tells is the truth of the moment, without the lag of the store's own search.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx2

from crossdock.demo.errors import DemoError

Doc = dict[str, Any]
ORDER_FIELDS = (
    "id,vendorOrderNumber,internalId,orderNumber,paymentStatus,fulfillmentStatus,total,trackingNumber,email,createDate,"
    "items(sku,quantity)"
)
MOST_CALLS = 200_000


class Store:
    """A client of the control API at `control_url`. Use as a context manager."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self.url = str(facts["url"])
        self.store_id = int(facts["storeId"])
        self.control_url = str(facts["controlUrl"])
        self._client = httpx2.Client(base_url=self.control_url, timeout=60.0, trust_env=False)

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_error: object) -> None:
        self._client.close()

    def place_order(self, **wanted: object) -> Doc:
        """A shopper buys: `items` [{sku, quantity}], or a few random goods; paid unless said otherwise."""
        order: Doc = self._ask("POST", "orders", wanted)
        return order

    def edit_order(self, number: str, **values: object) -> Doc:
        """The merchant edits an order."""
        order: Doc = self._ask("PATCH", f"orders/{quote(number, safe='')}", values)
        return order

    def cancel_order(self, number: str) -> Doc:
        """The merchant cancels an order; its goods go back to stock."""
        order: Doc = self._ask("POST", f"orders/{quote(number, safe='')}/cancel", {})
        return order

    def orders(self) -> dict[str, Doc]:
        """Every finished order by its number, which orders of old shape have in another field."""
        rows: list[Doc] = self._ask("GET", "orders", params={"fields": ORDER_FIELDS})
        return {_number(row): row for row in rows if row.get("paymentStatus") != "INCOMPLETE"}

    def order(self, number: str) -> Doc:
        """One order, whole."""
        row: Doc = self._ask("GET", f"orders/{number}")
        return row

    def products(self) -> list[Doc]:
        """Every product with its variations' ids and SKUs."""
        rows: list[Doc] = self._ask("GET", "products", params={"fields": "id,sku,name,combinations(id,sku)"})
        return rows

    def stock(self) -> dict[str, Doc]:
        """What each SKU has: `quantity`, or `unlimited`."""
        levels: dict[str, Doc] = self._ask("GET", "stock")
        return levels

    def mails(self) -> list[Doc]:
        """The mails that customers got: `kind`, `orderId`."""
        rows: list[Doc] = self._ask("GET", "mails")
        return rows

    def calls(self) -> list[Doc]:
        """Every call that reached the store's API, oldest first."""
        rows: list[Doc] = self._ask("GET", "calls", params={"limit": str(MOST_CALLS)})
        return rows

    def webhooks(self) -> Doc:
        """The webhooks: `events`, and `attempts` with the status each was answered with."""
        state: Doc = self._ask("GET", "webhooks")
        return state

    def webhooks_sent(self) -> bool:
        """Whether every webhook that is due has been sent and answered."""
        return bool(self._ask("POST", "webhooks/flush", {})["done"])

    def mischief(self, action: str, times: int) -> None:
        """Have the next webhooks come twice (``duplicate``) or in the wrong order (``reorder``)."""
        self._ask("POST", "webhooks/mischief", {"action": action, "times": times})

    def _ask(
        self, method: str, path: str, body: object = None, params: Mapping[str, str] | None = None
    ) -> Any:  # JSON
        try:
            answer = self._client.request(method, path, json=body, params=params)
        except httpx2.HTTPError as error:
            raise DemoError(f"The stand-in store does not answer {method} {path}: {error}") from error
        if answer.status_code != 200:
            raise DemoError(f"The stand-in store refused {method} {path}: {answer.text[:300]}")
        return answer.json()


def _number(order: Doc) -> str:
    names = ("id", "vendorOrderNumber", "internalId", "orderNumber")
    return next(str(order[name]) for name in names if order.get(name))
