"""What to write so that an Ecwid product says what the hub's product says (products.md §3 to §8).

Only fields that differ are written, and only those the desired product states: an empty value means
*not stated* and wipes nothing. Stock has a flow of its own; a create only says whether it is counted.
"""

from __future__ import annotations

from collections.abc import Iterator

from crossdock.canon import Product
from crossdock.connectors.contract import Account, Change, RemoteRecord, Write
from crossdock.connectors.ecwid.plan import fields, variations
from crossdock.connectors.ecwid.translate.currency import known_currency
from crossdock.connectors.ecwid.translate.product import product as translated
from crossdock.connectors.ecwid.wire import ProductDocument, read_product
from crossdock.connectors.errors import Refused

NEW = "{id}"
"""Stands in a path for the id of the product that the call before created."""

INLINE_LIMIT = 200
"""How many variations one request takes (products.md §5.2)."""

Call = dict[str, object]


def product(record: RemoteRecord | None, desired: Product, account: Account) -> Write:
    """Return the write that makes the store's product say `desired`; create where `record` is None.

    Prices must be in the account's currency. Raises `Refused` for a product that cannot be created
    safely, and `Unreadable` for a document that cannot be read or an account without currency.
    """
    known_currency(account, record.remote_id if record else "")
    _check_currency(desired, account)
    if record is None:
        return _create(desired, account)
    return _Update(record, desired, account).write()


def _check_currency(desired: Product, account: Account) -> None:
    for one in (desired, *desired.variants):
        for price in one.prices:
            if price.currency and price.currency != account.currency:
                raise Refused(
                    f"the {price.name} price of {one.sku or one.name!r} is in {price.currency}, the store "
                    f"sells in {account.currency}; give a price in {account.currency}",
                    code="currencyMismatch",
                    field="prices",
                )


# -- create --------------------------------------------------------------------------------------------


def _create(desired: Product, account: Account) -> Write:
    key = f"create:{desired.sku or desired.name}"
    if not desired.active:
        note = "The product is archived here and does not exist in the store: nothing to do."
        return Write(key=key, remote_id="", kind="none", changes=(), request={}, notes=(note,))
    if not desired.sku.strip():
        raise Refused(
            f"the product {desired.name!r} has no SKU; give it one before it is pushed: without it, a create "
            "whose answer was lost could not be found again and might be repeated",
            code="blankSku",
            field="sku",
        )
    if not desired.name.strip():
        raise Refused(
            f"the product {desired.sku!r} has no name; Ecwid needs one", code="blankName", field="name"
        )
    notes: list[str] = []
    body = fields.creation(desired, account, notes)
    inline = desired.variants[:INLINE_LIMIT]
    query: dict[str, str] = {}
    if inline:
        body["combinations"] = [variations.creation(one, account, notes) for one in inline]
        query["saveCombinations"] = "true"
    calls: list[Call] = [{"method": "POST", "path": "/products", "query": query, "body": body}]
    calls += [
        variations.create_call(f"/products/{NEW}", one, account, notes)
        for one in desired.variants[INLINE_LIMIT:]
    ]
    calls += _image_calls(f"/products/{NEW}", desired.image_urls)
    changes = [
        Change("", field, "", fields.shown(value)) for field, value in body.items() if field != "combinations"
    ]
    changes += [Change("", f"variation {variations.label(one)}", "", "new") for one in desired.variants]
    changes += [Change("", "image", "", url) for url in desired.image_urls]
    return Write(
        key=key,
        remote_id="",
        kind="create",
        changes=tuple(changes),
        request={"calls": calls},
        notes=tuple(notes),
    )


def _image_calls(path: str, urls: tuple[str, ...]) -> Iterator[Call]:
    """Give the calls that let Ecwid fetch the images: the main one first, then its gallery (§8)."""
    for n, url in enumerate(urls):
        query = {"externalUrl": url} if n == 0 else {"externalUrl": url, "fileName": f"image-{n + 1}"}
        yield {"method": "POST", "path": f"{path}/{'image' if n == 0 else 'gallery'}", "query": query}


# -- update --------------------------------------------------------------------------------------------


class _Update:
    """One product on its way from what it is to what it should be."""

    def __init__(self, record: RemoteRecord, desired: Product, account: Account) -> None:
        self.record, self.desired, self.account = record, desired, account
        self.document: ProductDocument = read_product(record.document)[0]
        self.current: Product = translated(record, account).record
        self.path = f"/products/{self.current.ext_product_id}"
        self.changes: list[Change] = []
        self.calls: list[Call] = []
        self.notes: list[str] = []

    def write(self) -> Write:
        """Return the write."""
        if not self.desired.active and self.current.active:
            return self._archive()
        body = fields.differences(self.document, self.current, self.desired, self.account, self.notes)
        if self.desired.active and not self.current.active:
            body["enabled"] = ("false", True)
        if body:
            self.calls.append(
                {
                    "method": "PUT",
                    "path": self.path,
                    "body": {field: value for field, (_, value) in body.items()},
                }
            )
            for field, (before, value) in body.items():
                self._change(self.record.remote_id, field, before, fields.shown(value))
        self._variations()
        self._images()
        return self._result("update" if self.calls else "none")

    def _archive(self) -> Write:
        self.calls.append({"method": "PUT", "path": self.path, "body": {"enabled": False}})
        self._change(self.record.remote_id, "enabled", "true", "false")
        write = self._result("update")
        return Write(
            key=write.key,
            remote_id=write.remote_id,
            kind="archive",
            changes=write.changes,
            request=write.request,
        )

    def _result(self, kind: str) -> Write:
        return Write(
            key=self.record.remote_id,
            remote_id=self.record.remote_id,
            kind="update" if kind == "update" else "none",
            changes=tuple(self.changes),
            request={"calls": self.calls} if self.calls else {},
            notes=tuple(self.notes),
        )

    def _change(self, remote_id: str, field: str, before: str, after: str) -> None:
        self.changes.append(Change(remote_id, field, before, after))

    def _variations(self) -> None:
        matched, kept = variations.matched(self.current.variants, self.desired.variants)
        for wanted, present in matched:
            if present is None:
                self.calls.append(variations.create_call(self.path, wanted, self.account, self.notes))
                self._change(self.record.remote_id, f"variation {variations.label(wanted)}", "", "new")
                continue
            raw = variations.raw(self.document, present)
            body = variations.differences(raw, present, wanted, self.account, self.notes)
            if not body:
                continue
            number = present.ext_product_id.partition(":")[2]
            self.calls.append(
                {
                    "method": "PUT",
                    "path": f"{self.path}/combinations/{number}",
                    "body": {field: value for field, (_, value) in body.items()},
                }
            )
            for field, (before, value) in body.items():
                self._change(present.ext_product_id, field, before, fields.shown(value))
        if kept and self.desired.variants:
            names = ", ".join(variations.label(one) for one in kept)
            self.notes.append(f"The store has variations that are not here; they are left alone: {names}.")

    def _images(self) -> None:
        """Add images where the store has none: Ecwid serves copies of its own, which cannot be compared."""
        wanted, present = self.desired.image_urls, self.current.image_urls
        if not wanted or wanted == present:
            return
        if present:
            self.notes.append(
                "The store has images already; Ecwid keeps copies of its own, so they are left alone."
            )
            return
        self.calls += _image_calls(self.path, wanted)
        for url in wanted:
            self._change(self.record.remote_id, "image", "", url)
