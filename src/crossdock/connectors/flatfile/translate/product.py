"""Rows of a catalogue → products, one for each row. A file tells no stock: counts come by their own file."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from crossdock.canon import Price, Product, Stock
from crossdock.connectors.contract import Reject, RemoteRecord, Row, Rows
from crossdock.connectors.flatfile.options import Options
from crossdock.connectors.flatfile.translate.cells import BadCell, amount, flag, needed, word
from crossdock.connectors.flatfile.translate.sheet import Sheet, as_it_read, open_sheet
from crossdock.connectors.flatfile.wire import Raw
from crossdock.connectors.flatfile.wire.table import MAX_CELL

WEIGHTS = ("lb", "oz", "kg", "g")
LENGTHS = ("cm", "in", "ft")
_STATUSES: Mapping[str, bool] = {"": True, "active": True, "inactive": False, "archived": False}


def products(record: RemoteRecord, options: Options) -> Rows[Product]:
    """Translate a file of products. Raises `Unreadable` where it cannot be read at all."""
    sheet = open_sheet(record, "products", options)
    rows: list[Row[Product]] = []
    rejects: list[Reject] = []
    seen: dict[str, int] = {}
    count = 0
    for raw in sheet.rows:
        count += 1
        try:
            product = _product(sheet, raw, options)
            _check_first(product.sku, seen.setdefault(product.sku, raw.number), raw.number)
        except BadCell as error:
            field = sheet.name_of(error.field)
            rejects.append(Reject(number=raw.number, field=field, reason=error.reason, text=as_it_read(raw)))
        else:
            rows.append(Row(number=raw.number, record=product))
    return Rows(
        count=count,
        rows=tuple(rows),
        rejects=tuple(rejects),
        all_or_nothing="products" in options.all_or_nothing,
        notices=sheet.notices,
    )


def _check_first(sku: str, first: int, number: int) -> None:
    if first != number:
        raise BadCell("sku", f"{sku} is in row {first} already, which was taken.")


def _product(sheet: Sheet, raw: Raw, options: Options) -> Product:
    def cell(ours: str, most: int = 200) -> str:
        return word(ours, sheet.cell(raw, ours), most)

    def figure(ours: str) -> Decimal | None:
        found = amount(ours, sheet.cell(raw, ours), sheet.decimal_mark)
        if found is not None and found < 0:
            raise BadCell(ours, f"{ours} is less than nothing.")
        return found

    if raw.problem:
        raise BadCell("row", raw.problem)
    sku = needed("sku", sheet.cell(raw, "sku"))
    price, cost = figure("price"), figure("cost")
    currency = cell("currency", 3) or options.currency
    if (price is not None or cost is not None) and len(currency) != 3:
        raise BadCell(
            "currency",
            "A price without its currency: give the column currency, or set it for the integration.",
        )
    status = cell("status").lower()
    if status not in _STATUSES:
        raise BadCell("status", f"status is {status!r}; it must be active, inactive or archived.")
    return Product(
        ext_product_id=cell("extProductId") or sku,
        sku=sku,
        name=needed("name", sheet.cell(raw, "name"), 500),
        stock=Stock(state="unknown"),
        description=sheet.cell(raw, "description").strip()[:MAX_CELL],
        active=_STATUSES[status],
        upc=cell("upc"),
        vendor=cell("vendor"),
        prices=(Price(name="base", value=price, currency=currency),) if price is not None else (),
        cost=cost,
        cost_currency=currency if cost is not None else "",
        taxable=flag("taxable", sheet.cell(raw, "taxable"), default=True),
        requires_shipping=flag("requiresShipping", sheet.cell(raw, "requiresShipping"), default=True),
        weight=figure("weight"),
        weight_unit=_unit("weightUnit", cell("weightUnit"), WEIGHTS),
        length=figure("length"),
        width=figure("width"),
        height=figure("height"),
        dimensions_unit=_unit("dimensionsUnit", cell("dimensionsUnit"), LENGTHS),
        harmonized_code=cell("harmonizedCode"),
        image_urls=tuple(part.strip() for part in cell("imageURLs", 4000).split("|") if part.strip()),
        ext_product_url=cell("extProductUrl", 1000),
        ext_product_updated_at=None,
    )


def _unit(field: str, text: str, known: tuple[str, ...]) -> str:
    if text and text.lower() not in known:
        raise BadCell(field, f"{field} is {text!r}; it must be one of {', '.join(known)}.")
    return text.lower()
