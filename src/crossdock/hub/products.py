"""Products: taken in from channels that own them, and written by their owner only. People's own: `own_products`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Protocol

import msgspec
from django.db import DataError, IntegrityError, transaction
from django.db.models.functions import Now

from crossdock.canon import Product as CanonProduct
from crossdock.hub.events import record_event
from crossdock.hub.exceptions import Noticed, close_exceptions, open_exception, renew_noticed
from crossdock.hub.intake import (
    Incoming,
    KnownLink,
    Origin,
    Tally,
    canonical_json,
    known_links,
    new_link,
    refresh_links,
)
from crossdock.hub.models import Link, Product, Published, Run

ENTITY = "products"
DUPLICATE = "duplicateSku"


class ProductError(Exception):
    """A product that cannot be taken as given: `field` names the part, `message` the remedy."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field, self.message = field, message


class Writer(Protocol):
    """Who writes a product: an intake, or a person, who has no run."""

    @property
    def author(self) -> str:
        """How events name them."""

    @property
    def run(self) -> Run | None:
        """The run that it happens in."""


def ingest_products(
    origin: Origin, incoming: Sequence[Incoming[CanonProduct]], known: Mapping[str, KnownLink]
) -> Tally:
    """Take in one page of a channel's catalogue, in the caller's transaction; a repeat changes nothing.

    `known` are the links of the page's records.
    """
    tally = Tally()
    for item in incoming:
        link = known.get(item.remote_id)
        if link is not None and link.fingerprint == item.fingerprint and not link.tombstoned:
            if link.document_hash != item.hash:
                refresh_links([(link.id, item)])
            tally.unchanged += 1
            continue
        product = _take_in_isolated(origin, item, link)
        if product is None:
            tally.failed += 1
            tally.unstored.append(item.remote_id)
            continue
        tally.touched.append(product.pk)
        if link is None:
            tally.created += 1
        else:
            tally.changed += 1
    return tally


def _take_in_isolated(origin: Origin, item: Incoming[CanonProduct], link: KnownLink | None) -> Product | None:
    """Take one product in, so that it alone stays out when it cannot be stored; returns None then.

    A push or a person may have linked or made the same product a moment ago: what was refused as a
    double is looked up again and taken in as what it now is.
    """
    failure = ""
    for _ in range(2):
        try:
            with transaction.atomic():
                return _take_in(origin, item, link)
        except (DataError, IntegrityError) as error:
            link = known_links(origin.integration, ENTITY, [item.remote_id]).get(item.remote_id)
            failure = str(error).splitlines()[0]
    open_exception(
        origin.integration.organization_id,
        "unstorable",
        f"products:{item.remote_id}",
        f"Product {item.record.name!r} could not be stored: {failure}",
        entity=ENTITY,
        integration=origin.integration,
        flow=origin.run.flow if origin.run else None,
    )
    return None


def _take_in(origin: Origin, item: Incoming[CanonProduct], link: KnownLink | None) -> Product:
    product, clash = _stored(origin, item.record, link.record_id if link else None, parent=None)
    if link is None:
        new_link(origin.integration, ENTITY, product.pk, item.remote_id, item)
    else:
        refresh_links([(link.id, item)])
    clashes = [clash] if clash else []
    links = known_links(
        origin.integration, ENTITY, [variant.ext_product_id for variant in item.record.variants]
    )
    for variant in item.record.variants:
        child = links.get(variant.ext_product_id)
        record, clash = _stored(origin, variant, child.record_id if child else None, parent=product)
        if child is None:
            new_link(origin.integration, ENTITY, record.pk, variant.ext_product_id, None)
        elif child.tombstoned:
            Link.objects.filter(pk=child.id).update(tombstoned_at=None)
        if clash:
            clashes.append(clash)
    _retire_variants(origin, item)
    _report(origin, item, clashes)
    return product


def _stored(
    origin: Origin, record: CanonProduct, record_id: int | None, parent: Product | None
) -> tuple[Product, str]:
    """Return the stored product, created or brought up to date, and its SKU where another listing has it."""
    integration = origin.integration
    organization_id = integration.organization_id
    if record_id is not None:
        product = Product.objects.select_for_update().get(pk=record_id)
        if product.owner_id == integration.pk:
            clash = _sku_taken(organization_id, record.sku, product.pk)
            write_product(origin, product, record, keep_sku=clash)
            return product, record.sku if clash else ""
        return product, ""
    twin = (
        Product.objects.filter(organization_id=organization_id, sku=record.sku).first()
        if record.sku
        else None
    )
    if twin is not None:
        doubled = Link.objects.filter(
            integration=integration, entity=ENTITY, record_id=twin.pk, tombstoned_at=None
        ).exists()
        return twin, record.sku if doubled else ""
    product = Product(
        organization_id=organization_id, owner=integration, parent=parent, kind=kind_of(record, parent)
    )
    write_product(origin, product, record)
    Published.objects.get_or_create(product=product, integration=integration)
    return product, ""


def kind_of(record: CanonProduct, parent: Product | None) -> str:
    """Return whether a product is simple, a parent, or a child of `parent`."""
    if parent is not None:
        return Product.Kind.CHILD
    return Product.Kind.PARENT if record.variants else Product.Kind.SIMPLE


def _sku_taken(organization_id: int, sku: str, but: int) -> bool:
    return (
        bool(sku)
        and Product.objects.filter(organization_id=organization_id, sku=sku).exclude(pk=but).exists()
    )


def write_product(origin: Writer, product: Product, record: CanonProduct, *, keep_sku: bool = False) -> bool:
    """Write the owner's fields, and an event that names what differs; returns whether anything did."""
    canonical = msgspec.json.decode(canonical_json(msgspec.structs.replace(record, variants=())))
    before, created = dict(product.canonical), product.pk is None
    if before == canonical and not created and product.status != Product.Status.ARCHIVED:
        return False
    if not keep_sku:
        product.sku = record.sku
    product.name = record.name[:500] or record.sku or "(no name)"
    product.status = Product.Status.ACTIVE if record.active else Product.Status.INACTIVE
    product.upc = record.upc[:60]
    product.price, product.currency = base_price(record)
    product.inventory_not_tracked = record.stock.state == "unlimited"
    if product.parent_id is None:
        product.kind = kind_of(record, None)
    product.canonical = canonical
    product.save()
    names = (
        []
        if created
        else [name for name in {**before, **canonical} if before.get(name) != canonical.get(name)]
    )
    record_event(
        product.organization_id,
        ENTITY,
        product.pk,
        "created" if created else "updated",
        author=origin.author,
        run=origin.run,
        before={name: before.get(name) for name in names} or None,
        after={name: canonical.get(name) for name in names} or None,
    )
    return True


def base_price(record: CanonProduct) -> tuple[Decimal | None, str]:
    """Return what a product costs and in which currency; None and "" where it says neither."""
    for price in record.prices:
        if price.name == "base":
            return price.value, price.currency
    return None, ""


def _retire_variants(origin: Origin, item: Incoming[CanonProduct]) -> None:
    """Archive the variants that the document no longer has; their links become tombstones."""
    reported = {variant.ext_product_id for variant in item.record.variants}
    prefix = f"{item.remote_id}:"
    gone = Link.objects.filter(
        integration=origin.integration, entity=ENTITY, remote_id__startswith=prefix, tombstoned_at=None
    ).exclude(remote_id__in=reported)
    for link in gone:
        _archive(origin, link, "the variation no longer exists on the channel", None)


def _archive(origin: Origin, link: Link, reason: str, at: datetime | None) -> None:
    Link.objects.filter(pk=link.pk).update(tombstoned_at=at or Now())
    product = Product.objects.select_for_update().get(pk=link.record_id)
    elsewhere = Link.objects.filter(entity=ENTITY, record_id=product.pk, tombstoned_at=None).exists()
    if product.owner_id == origin.integration.pk and not elsewhere:
        product.status = Product.Status.ARCHIVED
        product.save(update_fields=["status", "updated_at"])
    record_event(
        product.organization_id,
        ENTITY,
        product.pk,
        "deleted",
        author=origin.author,
        run=origin.run,
        reason=reason,
    )
    close_exceptions(product.organization_id, [f"products:{link.remote_id}"], integration=origin.integration)


def delete_products(origin: Origin, deletions: Iterable[tuple[str, datetime | None]]) -> int:
    """Archive products deleted on the channel, with their variants; returns how many were news."""
    deleted = 0
    for remote_id, at in deletions:
        links = Link.objects.filter(integration=origin.integration, entity=ENTITY, tombstoned_at=None)
        rows = list(links.filter(remote_id=remote_id)) + list(
            links.filter(remote_id__startswith=f"{remote_id}:")
        )
        for link in rows:
            _archive(origin, link, "deleted on the channel", at)
        deleted += bool(rows)
    return deleted


def _report(origin: Origin, item: Incoming[CanonProduct], clashes: list[str]) -> None:
    """Open what was noticed of the product, and close what was noticed before and has gone."""
    subject = f"products:{item.remote_id}"
    noticed = [
        Noticed(subject, notice.code, notice.field, f"{item.record.name!r}: {notice.message}")
        for notice in item.notices
        if not (clashes and notice.code == DUPLICATE)
    ]
    if clashes:
        noticed.append(
            Noticed(
                subject,
                DUPLICATE,
                "sku",
                f"{item.record.name!r} has a SKU that another listing has too: {', '.join(sorted(set(clashes)))}. "
                "Both listings are linked to the one product; give one of them its own SKU.",
            )
        )
    flow = origin.run.flow if origin.run else None
    renew_noticed(origin.integration, flow, ENTITY, [subject], noticed)


def canonical_product(product: Product) -> CanonProduct:
    """Return the stored product in canonical form, with its variants that are not archived."""
    record = msgspec.convert(product.canonical, CanonProduct, strict=False)
    variants = Product.objects.filter(parent=product).exclude(status=Product.Status.ARCHIVED).order_by("pk")
    return msgspec.structs.replace(
        record,
        active=product.status == Product.Status.ACTIVE,
        variants=tuple(
            msgspec.convert(variant.canonical, CanonProduct, strict=False) for variant in variants
        ),
    )
