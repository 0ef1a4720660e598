"""Products that people keep here: added, changed and put by them. Flows that push products carry them to channels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest

import msgspec
from django.db import IntegrityError, transaction

from crossdock.canon import Product as CanonProduct
from crossdock.hub.events import record_event
from crossdock.hub.marks import mark_flows
from crossdock.hub.models import BundleItem, InventoryRecord, Organization, Product
from crossdock.hub.products import ENTITY, ProductError, kind_of, write_product

LONGEST_SKU, LONGEST_NAME = 120, 500
LARGEST = Decimal(10) ** 15
"""Prices and weights are below this."""
CHANGES = ("created", "updated", "variantsChanged")
"""The operations of events by which people change a product here."""


class SkuTakenError(ProductError):
    """A SKU stands on another product, the `holder`."""

    def __init__(self, field: str, sku: str, holder: Product) -> None:
        super().__init__(
            field, f"{sku} is taken: {_where(holder)} has it. Give another SKU, or change that one."
        )
        self.holder = holder


def _where(holder: Product) -> str:
    name = f"“{holder.name}”"
    if holder.parent is not None:
        name = f"a variant of “{holder.parent.name}”"
    taken_away = ", taken away," if holder.status == Product.Status.ARCHIVED else ""
    return f"{name}, which {holder.owner.name} owns,{taken_away}" if holder.owner else f"{name}{taken_away}"


@dataclass(frozen=True)
class _Person:
    """Who writes by hand: events name them, and no run."""

    author: str
    run: None = None


def put_product(organization: Organization, canonical: CanonProduct, *, author: str) -> Product:
    """Store a product by its SKU, made where there is none yet, and have the channels told.

    A product that an integration owns is refused: its owner's pull would undo the change. Raises `ProductError`.
    """
    _check(canonical)
    with _at_once():
        mine = Product.objects.select_for_update(of=("self",)).filter(organization=organization)
        existing = mine.filter(sku=canonical.sku).select_related("owner", "parent").first()
        if existing is not None and existing.owner is not None:
            raise ProductError("sku", f"{canonical.sku} belongs to {existing.owner.name}; change it there.")
        if existing is not None and existing.parent is not None:
            raise ProductError(
                "sku",
                f"{canonical.sku} is a variant of {existing.parent}; put that product with its variants.",
            )
        return _store(existing or Product(organization=organization), canonical, (), author)


def add_product(organization: Organization, canonical: CanonProduct, *, author: str) -> Product:
    """Make a product of people's own, and have the channels told.

    Raises `ProductError`; `SkuTakenError` where a product has its SKU, or one of its variants'.
    """
    _check(canonical)
    with _at_once():
        product = Product(organization=organization)
        _check_free(product, canonical.sku)
        return _store(product, canonical, (), author)


def change_product(
    product: Product, canonical: CanonProduct, *, author: str, kept: Sequence[int | None] = ()
) -> Product:
    """Make a product of people's own say `canonical`, and have the channels told.

    `kept` are the row numbers of the variants that those of `canonical` are, None for new ones; what is not among
    them is archived. Raises `ProductError` as `add_product` does, and for a product that is not people's own.
    """
    _check(canonical)
    with _at_once():
        present = Product.objects.select_for_update(of=("self",)).select_related("owner", "organization")
        product = present.get(pk=product.pk)
        if product.owner is not None:
            raise ProductError("product", f"{product} belongs to {product.owner.name}; change it there.")
        if product.parent_id is not None:
            raise ProductError("product", f"{product} is a variant; change it with its product.")
        _check_free(product, canonical.sku)
        _check_rename(product, canonical.sku, "sku")
        return _store(product, canonical, kept, author)


def own_record(product: Product) -> CanonProduct:
    """Return a product of people's own in canonical form, without variants, whatever is missing in its record."""
    least = {"extProductId": "", "sku": product.sku, "name": product.name, "stock": {"state": "unknown"}}
    return msgspec.convert({**least, **product.canonical}, CanonProduct, strict=False)


@contextmanager
def _at_once() -> Iterator[None]:
    """Do all or nothing; what somebody else stores under the same SKU in the same moment is refused."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise ProductError(
            "sku", "Somebody has just stored one of these SKUs; look for it, then try again."
        ) from error


# -- writing -------------------------------------------------------------------------------------------------


def _store(product: Product, canonical: CanonProduct, kept: Sequence[int | None], author: str) -> Product:
    person, is_new = _Person(author), product.pk is None
    kind, product.kind = product.kind, kind_of(canonical, None)
    if not write_product(person, product, canonical) and product.kind != kind:
        product.save(update_fields=["kind", "updated_at"])  # nothing but its variants differs
    children = {} if is_new else {child.pk: child for child in product.variants.select_for_update()}
    before = _labels(children)
    stays: set[int] = set()
    changed: list[str] = []
    for child, variant in _matched(product, canonical.variants, kept, children):
        if write_product(person, child, variant):
            changed.append(str(child))
        children[child.pk] = child
        stays.add(child.pk)
    for pk, child in children.items():
        if pk not in stays and child.status != Product.Status.ARCHIVED:
            _archive(child, author)
            changed.append(str(child))
    if changed and not is_new:
        record_event(
            product.organization_id, ENTITY, product.pk, "variantsChanged", author=author,
            reason=", ".join(changed), before={"variants": before}, after={"variants": _labels(children)},
        )  # fmt: skip
    mark_flows(product.organization_id, ENTITY, "push", [product.key], "product put by hand")
    return product


def _labels(children: Mapping[int, Product]) -> list[str]:
    return [str(one) for one in children.values() if one.status != Product.Status.ARCHIVED]


def _archive(child: Product, author: str) -> None:
    before, child.status = child.status, Product.Status.ARCHIVED
    child.save(update_fields=["status", "updated_at"])
    record_event(
        child.organization_id, ENTITY, child.pk, "archived", author=author, reason="taken away from its product",
        before={"status": str(before)}, after={"status": str(child.status)},
    )  # fmt: skip


def _matched(
    product: Product,
    variants: Sequence[CanonProduct],
    kept: Sequence[int | None],
    children: Mapping[int, Product],
) -> list[tuple[Product, CanonProduct]]:
    """Pair each variant with the child that it is: the one that is named, else by SKU, else by its choices."""
    holders = _holders(product.organization, [one.sku for one in variants if one.sku])
    taken = {pk for pk in kept if pk is not None}
    pairs = []
    for number, (variant, pk) in enumerate(zip_longest(variants, kept[: len(variants)])):
        field = f"variants[{number}]"
        child = children.get(pk) if pk is not None else None
        if pk is not None and child is None:
            raise ProductError(field, "This variant is no longer here; load the page again.")
        holder = holders.get(variant.sku)
        if holder is not None and (child is None or holder.pk != child.pk):
            if child is not None or holder.pk not in children or holder.pk in taken:
                raise SkuTakenError(f"{field}.sku", variant.sku, holder)
            child = children[holder.pk]
        if child is None and not variant.sku:
            child = next(
                (one for one in children.values() if one.pk not in taken and _same_choices(one, variant)),
                None,
            )
        if child is None:
            child = Product(
                organization=product.organization, parent=product, kind=Product.Kind.CHILD, name=variant.name
            )
        else:
            taken.add(child.pk)
            _check_rename(child, variant.sku, f"{field}.sku")
        pairs.append((child, variant))
    return pairs


def _same_choices(child: Product, variant: CanonProduct) -> bool:
    return not child.sku and set(own_record(child).variant_options) == set(variant.variant_options)


def _holders(organization: Organization, skus: Sequence[str]) -> dict[str, Product]:
    found = Product.objects.filter(organization=organization, sku__in=skus).exclude(sku="")
    return {one.sku: one for one in found.select_related("owner", "parent")}


# -- checking ------------------------------------------------------------------------------------------------


def _check_free(product: Product, sku: str) -> None:
    """Refuse a SKU that another product has than the one that is to have it."""
    holder = _holders(product.organization, [sku]).get(sku)
    if holder is not None and holder.pk != product.pk:
        raise SkuTakenError("sku", sku, holder)


def _check_rename(product: Product, sku: str, field: str) -> None:
    """Refuse another SKU where something is kept under the one that a product has: it would stay behind."""
    if not product.sku or product.sku == sku:
        return
    organization = product.organization_id
    kept = InventoryRecord.objects.filter(organization=organization, sku=product.sku).exists()
    part = BundleItem.objects.filter(bundle__organization=organization, sku=product.sku).exists()
    if kept or part:
        what = "Stock figures are kept" if kept else "Bundles name it as their part"
        raise ProductError(
            field,
            f"{what} under {product.sku}, so its SKU stays. Add a product with the new one, and take this off sale.",
        )


def _check(canonical: CanonProduct) -> None:
    """Refuse what could not be stored as it is, or not be told apart in a channel."""
    if not canonical.sku.strip():
        raise ProductError("sku", "A product needs a SKU.")
    if not canonical.name.strip():
        raise ProductError("name", "A product needs a name.")
    _check_one(canonical, "")
    choices: dict[frozenset[tuple[str, str]], int] = {}
    skus = {canonical.sku: "the product itself"}
    for number, variant in enumerate(canonical.variants):
        field = f"variants[{number}]"
        _check_one(variant, f"{field}.")
        if variant.sku in skus and variant.sku:
            raise ProductError(f"{field}.sku", f"{variant.sku} is the SKU of {skus[variant.sku]}, too.")
        skus[variant.sku] = "another variant"
        chosen = frozenset((one.name, one.value) for one in variant.variant_options)
        if chosen and chosen in choices:
            raise ProductError(f"{field}.variantOptions", "Another variant is made of the same options.")
        choices[chosen] = number


def _check_one(record: CanonProduct, path: str) -> None:
    for name, text, most in (("sku", record.sku, LONGEST_SKU), ("name", record.name, LONGEST_NAME)):
        if len(text) > most:
            raise ProductError(f"{path}{name}", f"This has {len(text)} characters; give {most} at most.")
    for price in record.prices:
        if not price.value.is_finite() or price.value < 0:
            raise ProductError(f"{path}prices", f"The price {price.value} is negative or no amount.")
        if price.value >= LARGEST:
            raise ProductError(
                f"{path}prices", f"The price {price.value} is too large; give less than {LARGEST:f}."
            )
        if len(price.currency) != 3:
            raise ProductError(f"{path}prices", "Every price needs a currency of three letters, e.g. EUR.")
    weight = record.weight
    if weight is not None and not (weight.is_finite() and 0 <= weight < LARGEST):
        raise ProductError(f"{path}weight", f"The weight {weight} is negative or no weight.")
