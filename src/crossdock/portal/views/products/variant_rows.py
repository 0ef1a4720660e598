"""The variants of a product as rows of a form: what each is made of, its SKU and its price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.http import QueryDict

from crossdock.canon import Product as CanonProduct
from crossdock.canon import VariantOption
from crossdock.hub.models import Product
from crossdock.hub.own_products import own_record
from crossdock.hub.products import base_price
from crossdock.portal.amounts import written
from crossdock.portal.views.products.amounts import amount_given

OPTIONS = 3
"""How many options a variant is made of at most: the columns of the form."""
MOST = 100
EMPTY, HIDDEN = 2, 20
"""How many rows wait for another variant, and how many more can be brought up."""
LONGEST_OPTION = 120


@dataclass
class Row:
    """One variant as it stands in the form; `key` is that of the variant that it is, "" for a new one."""

    key: str = ""
    values: tuple[str, ...] = ("",) * OPTIONS
    sku: str = ""
    price: str = ""
    remove: bool = False
    label: str = ""
    amount: Decimal | None = None
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether it is a row that nobody has filled."""
        return not (self.key or self.sku or self.price or any(self.values))


@dataclass
class Rows:
    """The names of the options, and the rows under them; `errors` are by the number of an option's name."""

    names: tuple[str, ...]
    rows: list[Row]
    errors: dict[int, str] = field(default_factory=dict)

    @property
    def filled(self) -> list[Row]:
        """The rows that are variants."""
        return [row for row in self.rows if not row.empty and not row.remove]

    @property
    def removed(self) -> list[Row]:
        """The rows of variants that are to go."""
        return [row for row in self.rows if row.key and row.remove]

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong with them."""
        return not self.errors and not any(row.errors for row in self.rows)

    def titles(self) -> list[tuple[str, str]]:
        """Return each option's name with what is wrong with it."""
        return [(name, self.errors.get(number, "")) for number, name in enumerate(self.names)]

    def shown(self) -> list[Row]:
        """Return the rows with empty ones behind them."""
        return [*(row for row in self.rows if not row.empty), *(Row() for _ in range(EMPTY + HIDDEN))]

    @property
    def hidden_from(self) -> int:
        """The number of the first row, from 1, that has to be brought up."""
        return sum(not row.empty for row in self.rows) + EMPTY + 1


def unfit(product: Product) -> str:
    """Return why the form cannot hold a product as it is, with the remedy; "" where it can."""
    variants = _living(product)
    records = [own_record(one) for one in (product, *variants)]
    names = {option.name for record in records for option in record.variant_options}
    currencies = {price.currency for record in records for price in record.prices}
    if len(variants) > MOST:
        return f"It has {len(variants)} variants, and this form holds {MOST}"
    if len(names) > OPTIONS:
        return f"Its variants are made of {len(names)} options, and this form holds {OPTIONS}"
    if len(currencies) > 1:
        return f"Its prices are in several currencies ({', '.join(sorted(currencies))})"
    return ""


def _living(product: Product) -> list[Product]:
    return list(product.variants.exclude(status=Product.Status.ARCHIVED).order_by("pk"))


def rows_of(product: Product | None) -> Rows:
    """Return the variants of a product as they are stored."""
    variants = _living(product) if product else []
    records = [(one, own_record(one)) for one in variants]
    names = list(dict.fromkeys(option.name for _, record in records for option in record.variant_options))
    names += [""] * (OPTIONS - len(names))
    return Rows(tuple(names), [_row(one, record, names) for one, record in records])


def _row(product: Product, record: CanonProduct, names: Sequence[str]) -> Row:
    chosen = {option.name: option.value for option in record.variant_options}
    return Row(
        key=product.key, values=tuple(chosen.get(name, "") if name else "" for name in names), sku=record.sku,
        price=written(base_price(record)[0]), label=" / ".join(chosen.values()) or str(product),
    )  # fmt: skip


def given_rows(post: QueryDict) -> Rows:
    """Return the rows as they were sent, each with what is wrong with it."""
    names = [name.strip()[:LONGEST_OPTION] for name in post.getlist("option")[:OPTIONS]]
    names += [""] * (OPTIONS - len(names))
    values = [value.strip()[:LONGEST_OPTION] for value in post.getlist("value")]
    keys, prices = post.getlist("variant"), post.getlist("variant_price")
    gone = set(post.getlist("remove"))
    rows = []
    for number, sku in enumerate(post.getlist("variant_sku")[: MOST + EMPTY + HIDDEN]):
        chosen = values[number * OPTIONS : (number + 1) * OPTIONS]
        key = keys[number] if number < len(keys) else ""
        row = Row(
            key=key, values=tuple(chosen + [""] * (OPTIONS - len(chosen))), sku=sku.strip(),
            price=prices[number].strip()[:40] if number < len(prices) else "", remove=bool(key) and key in gone,
        )  # fmt: skip
        row.label = " / ".join(value for value in row.values if value) or row.sku
        rows.append(row)
    found = Rows(tuple(names), [row for row in rows if not row.empty])
    _check(found)
    return found


def _check(found: Rows) -> None:
    names = found.names
    for number, name in enumerate(names):
        if name and name in names[:number]:
            found.errors[number] = f"{name} stands there twice."
    for row in found.filled:
        for number, value in enumerate(row.values):
            if value and not names[number]:
                found.errors[number] = "Name this option, e.g. Size: variants have a value for it."
        if not any(row.values):
            row.errors["options"] = (
                "Say what makes this variant, or tick Remove."
                if row.key
                else "Say what makes this variant, e.g. L."
            )
        try:
            row.amount = amount_given(row.price)
        except ValueError as error:
            row.errors["price"] = str(error)
    if len(found.filled) > MOST:
        found.filled[MOST].errors["options"] = (
            f"This is more than the {MOST} variants that one product may have here."
        )


def options_of(row: Row, names: Sequence[str]) -> tuple[VariantOption, ...]:
    """Return what makes a variant."""
    pairs = zip(names, row.values, strict=True)
    return tuple(VariantOption(name, value) for name, value in pairs if name and value)
