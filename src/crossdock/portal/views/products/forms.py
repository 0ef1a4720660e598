"""The form of a product that people keep here, with its variants and where it is published."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import msgspec
from django import forms
from django.http import QueryDict

from crossdock.canon import Price, ProductOption
from crossdock.canon import Product as CanonProduct
from crossdock.canon.stock import Stock
from crossdock.hub.listing.order_filters import row_number
from crossdock.hub.models import Product
from crossdock.hub.own_products import LONGEST_NAME, LONGEST_SKU, own_record
from crossdock.hub.products import ProductError, base_price
from crossdock.portal.forms import PortalForm
from crossdock.portal.views.products.amounts import AmountField
from crossdock.portal.views.products.channels import Channel
from crossdock.portal.views.products.variant_rows import Row, Rows, given_rows, options_of, rows_of

WRONG_VARIANTS = "Something is wrong with the variants below. Nothing was saved."
UNITS = {"kg": "kg", "g": "g", "lb": "lb", "oz": "oz"}
_FIELDS = {"prices": "price", "weight": "weight", "sku": "sku", "name": "name"}
_OF_VARIANT = re.compile(r"variants\[(\d+)](?:\.(\w+))?")
_PARTS = {"sku": "sku", "prices": "price"}


class ProductForm(PortalForm):
    """What people say of a product. `rows` are its variants, which are checked with it."""

    name = forms.CharField(label="Name", max_length=LONGEST_NAME)
    sku = forms.CharField(
        label="SKU", max_length=LONGEST_SKU, help_text="Stock, orders and stores know the product by it.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    price = AmountField(label="Price", help_text="A variant without a price of its own has this one.")
    currency = forms.CharField(
        label="Currency", min_length=3, max_length=3,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "size": 4}),
    )  # fmt: skip
    weight = AmountField(label="Weight", required=False)
    weight_unit = forms.ChoiceField(label="Unit", choices=list(UNITS.items()))
    description = forms.CharField(
        label="Description", required=False, max_length=100_000, widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Text, or HTML as the store shows it.",
    )  # fmt: skip
    active = forms.BooleanField(
        label="On sale", required=False,
        help_text="If not, stores that list it take it off sale, and it is made in no other.",
    )  # fmt: skip
    publish = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(
        self, product: Product | None, channels: Sequence[Channel], given: QueryDict | None, **kwargs: Any
    ) -> None:
        self.product, self.channels = product, [one for one in channels if not one.owns]
        self.record = own_record(product) if product else None
        super().__init__(given, initial=self._initial(), **kwargs)
        self.fields["publish"].choices = [  # type: ignore[attr-defined]  # a field of choices
            (one.integration.key, one.integration.name) for one in self.channels
        ]
        # Whoever has put one without a price has left the price to the store.
        self.fields["price"].required = self.record is None or base_price(self.record)[0] is not None
        self.rows: Rows = rows_of(product) if given is None else given_rows(given)

    def _initial(self) -> dict[str, object]:
        currency = next((one.currency for one in self.channels if one.currency), "")
        unit = next((one.weight_unit for one in self.channels if one.weight_unit in UNITS), "kg")
        wanted = [one.integration.key for one in self.channels if not one.kept_out]
        if self.record is None or self.product is None:
            return {"currency": currency, "weight_unit": unit, "active": True, "publish": wanted}
        own = [price.currency for one in self._records() for price in one.prices]
        return {
            "name": self.record.name, "sku": self.record.sku, "price": base_price(self.record)[0],
            "currency": own[0] if own else currency, "weight": self.record.weight,
            "weight_unit": self.record.weight_unit or unit, "description": self.record.description,
            "active": self.product.status == Product.Status.ACTIVE, "publish": wanted,
        }  # fmt: skip

    def _records(self) -> list[CanonProduct]:
        """The product and its variants as they are stored."""
        if self.record is None or self.product is None:
            return []
        variants = self.product.variants.exclude(status=Product.Status.ARCHIVED)
        return [self.record, *(own_record(one) for one in variants)]

    def clean_currency(self) -> str:
        """Return the currency in capitals. One that a chosen store does not sell in would be refused there."""
        given = str(self.cleaned_data["currency"]).upper()
        if not re.fullmatch("[A-Z]{3}", given):
            raise forms.ValidationError("A currency has three letters, e.g. EUR.")
        others = {price.currency for one in self._records() for price in one.prices if price.name != "base"}
        if others - {given}:
            raise forms.ValidationError(
                f"Its other prices are in {', '.join(sorted(others))}, so this one is, too."
            )
        chosen = self["publish"].value() or ()
        for one in self.channels:
            if one.integration.key in chosen and one.currency not in ("", given):
                raise forms.ValidationError(
                    f"{one.integration.name} sells in {one.currency}. Give the price in {one.currency}, or do not "
                    "publish it there."
                )
        return given

    def clean(self) -> dict[str, Any]:
        """Refuse what is wrong with the variants, too."""
        if not self.rows.sound:
            self.add_error(None, WRONG_VARIANTS)
        return self.cleaned_data

    @property
    def kept(self) -> list[int | None]:
        """The row numbers of the variants that the rows are, None for new ones."""
        return [_number(row.key) for row in self.rows.filled]

    def wish(self) -> CanonProduct:
        """Return what the product is to say; what the form does not show stays as it is. Valid forms only."""
        given = self.cleaned_data
        old = self.record
        current = old or CanonProduct(ext_product_id="", sku="", name="", stock=Stock(state="unknown"))
        children = self._children()
        variants = tuple(self._variant(row, children.get(row.key)) for row in self.rows.filled)
        return msgspec.structs.replace(
            current, sku=given["sku"], name=given["name"], description=given["description"],
            prices=_priced(current, given["price"], given["currency"]), weight=given["weight"],
            weight_unit=given["weight_unit"] if given["weight"] is not None else current.weight_unit,
            active=given["active"], kind="parent" if variants else "simple", variants=variants,
            options=_choosable(current.options, variants),
        )  # fmt: skip

    def _children(self) -> dict[str, CanonProduct]:
        children = self.product.variants.all() if self.product else ()
        return {one.key: own_record(one) for one in children}

    def _variant(self, row: Row, old: CanonProduct | None) -> CanonProduct:
        given, options = self.cleaned_data, options_of(row, self.rows.names)
        usual = Stock(state="unknown" if row.sku else "inherited")
        current = old or CanonProduct(ext_product_id="", sku="", name="", stock=usual)
        name = current.name
        before = self.record.name if self.record else ""
        if name in ("", before, _named(before, [one.value for one in current.variant_options])):
            name = _named(given["name"], [one.value for one in options])
        return msgspec.structs.replace(
            current, sku=row.sku, name=name, prices=_priced(current, row.amount, given["currency"]),
            stock=current.stock if bool(current.sku) == bool(row.sku) else usual, kind="child",
            active=given["active"], variant_options=options,
        )  # fmt: skip

    def blame(self, error: ProductError) -> None:
        """Show an error of the domain where it belongs: at a field, or at a row of the variants."""
        found = _OF_VARIANT.match(error.field)
        if found is None or int(found[1]) >= len(self.rows.filled):
            self.refuse(_FIELDS.get(error.field, ""), str(error))
            return
        self.rows.filled[int(found[1])].errors[_PARTS.get(found[2] or "", "options")] = str(error)
        self.refuse("", WRONG_VARIANTS)


def _number(key: str) -> int | None:
    """The row number behind a variant's key, None for a new one; what is no key is a row that nobody has."""
    return (row_number(key) or 0) if key else None


def _named(product: str, choices: Iterable[str]) -> str:
    return " - ".join((product, *choices))[:LONGEST_NAME]


def _priced(record: CanonProduct, amount: Decimal | None, currency: str) -> tuple[Price, ...]:
    """Return the prices of a record with another base price; none for None, and the others as they are."""
    others = tuple(price for price in record.prices if price.name != "base")
    return (Price(name="base", value=amount, currency=currency), *others) if amount is not None else others


def _choosable(
    options: tuple[ProductOption, ...], variants: Sequence[CanonProduct]
) -> tuple[ProductOption, ...]:
    """Return the options that a product names, with the choices that its variants add to them."""
    found = []
    for option in options:
        used = [
            one.value for variant in variants for one in variant.variant_options if one.name == option.name
        ]
        more = tuple(dict.fromkeys(value for value in used if value not in option.choices))
        found.append(msgspec.structs.replace(option, choices=(*option.choices, *more)))
    return tuple(found)
