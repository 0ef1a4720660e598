"""Pushing products that this hub owns: read, plan, create or change, read back.

A create whose answer was lost is looked for before another is made, so one product stays one.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction

from crossdock.canon import Product as CanonProduct
from crossdock.connectors.contract import Applied, ConnectorError, RemoteRecord, Write
from crossdock.connectors.errors import Gone, Reconnect, Retry, Unreadable
from crossdock.flows.attempts import claim_attempt, settle_attempt, settle_interrupted
from crossdock.flows.context import RunContext
from crossdock.hub.events import record_event
from crossdock.hub.marks import TakenMark, mark_flows, postpone_marks, settle_marks
from crossdock.hub.models import Link, Product, Published, pk_of
from crossdock.hub.products import canonical_product

ENTITY = "products"


def push_products(ctx: RunContext) -> None:
    """Make the channel's products say what ours do, for every marked product that is ours to write."""
    interrupted = {row.get("product") for attempt in settle_interrupted(ctx) for row in attempt.plan}
    taken = ctx.taken()
    for done, mark in enumerate(taken, start=1):
        product = Product.objects.filter(
            organization_id=ctx.integration.organization_id, pk=pk_of(mark.key), parent=None
        ).first()
        if product is None or product.owner_id == ctx.integration.pk or _kept_out(ctx, product):
            ctx.tally.skipped += product is not None
            _settle(ctx, mark)
        else:
            _push_one(ctx, product, mark, in_doubt=mark.key in interrupted or mark.attempts > 0)
        ctx.progress(done, len(taken))


def _kept_out(ctx: RunContext, product: Product) -> bool:
    """Whether a person keeps the product out of this channel."""
    entries = Published.objects.filter(product=product, integration=ctx.integration)
    return entries.filter(status=Published.Status.DISABLED).exists()


def _settle(ctx: RunContext, mark: TakenMark) -> None:
    if not ctx.dry_run:
        with transaction.atomic():
            settle_marks(ctx.flow, [mark])


def _push_one(ctx: RunContext, product: Product, mark: TakenMark, *, in_doubt: bool) -> None:
    desired = canonical_product(product)
    subject = f"products:{product.key}"
    try:
        record = _remote(ctx, product, desired, in_doubt=in_doubt)
        write = ctx.store.product_target.plan(record, desired, ctx.account)
        ctx.plan += write.changes
        if ctx.dry_run:
            return
        if write.kind == "none":
            ctx.tally.unchanged += 1
            if record is not None:
                _link(ctx, product, record)
        else:
            _apply(ctx, product, write, desired)
    except Retry as error:
        if ctx.dry_run:
            ctx.problems += 1
            return
        wait = error.after if error.after is not None else min(2.0 * 2**mark.attempts, 300.0)
        postpone_marks(ctx.flow, {mark.key: ctx.now + timedelta(seconds=wait)})
        ctx.again_after = min(ctx.again_after or wait + 0.1, wait + 0.1)
        if mark.attempts >= 3:
            ctx.problem(error, subject, f"Product {product.sku}", record_id=product.pk)
        return
    except ConnectorError as error:
        if isinstance(error, Reconnect):
            raise
        ctx.problem(error, subject, f"Product {product.sku}", record_id=product.pk)
        _settle(ctx, mark)
        return
    ctx.settled(subject)
    _settle(ctx, mark)


def _remote(
    ctx: RunContext, product: Product, desired: CanonProduct, *, in_doubt: bool
) -> RemoteRecord | None:
    """Return the remote product: the linked one, one that a lost create made, or None."""
    target = ctx.store.product_target
    link = Link.objects.filter(
        integration=ctx.integration, entity=ENTITY, record_id=product.pk, tombstoned_at=None
    ).first()
    remote_id = link.remote_id if link else target.find(desired)
    ctx.least_calls += 1
    if remote_id is None:
        if in_doubt and not _lag_passed(ctx, product):
            raise Retry(
                "An earlier create may have succeeded; the search is given time to show it.",
                after=ctx.lag.total_seconds() + 1,
            )
        return None
    answer = target.read([remote_id]).get(remote_id)
    if isinstance(answer, Gone):
        if ctx.dry_run:
            return None
        Link.objects.filter(integration=ctx.integration, entity=ENTITY, remote_id=remote_id).update(
            tombstoned_at=ctx.now
        )
        return None
    if isinstance(answer, RemoteRecord):
        return answer
    raise (
        answer
        if isinstance(answer, ConnectorError)
        else Unreadable("The product was not answered.", field="id")
    )


def _lag_passed(ctx: RunContext, product: Product) -> bool:
    """Whether the last attempt to create this product is older than the search's lag."""
    from crossdock.hub.models import Attempt

    last = (
        Attempt.objects.filter(flow=ctx.flow, plan__contains=[{"product": product.key}])
        .order_by("-pk")
        .first()
    )
    return last is None or ctx.now - last.created_at > ctx.lag


def _apply(ctx: RunContext, product: Product, write: Write, desired: CanonProduct) -> None:
    attempt = claim_attempt(ctx, str(uuid.uuid4()), [{"product": product.key, "kind": write.kind}])
    outcome = ctx.store.product_target.apply([write]).get(write.key)
    settle_attempt(
        attempt, {product.key: "applied" if isinstance(outcome, Applied) else getattr(outcome, "code", "")}
    )
    ctx.least_calls += 2
    if not isinstance(outcome, Applied):
        raise outcome if outcome is not None else Retry("The write was not answered.")
    record = ctx.store.product_target.read([outcome.remote_id]).get(outcome.remote_id)
    if not isinstance(record, RemoteRecord):
        raise record if isinstance(record, ConnectorError) else Retry("The product is not to be seen yet.")
    with transaction.atomic():
        _link(ctx, product, record)
        _publish(ctx, product, write)
        record_event(
            product.organization_id,
            ENTITY,
            product.pk,
            "pushed",
            author=ctx.author,
            run=ctx.run,
            reason=" ".join(write.notes),
            before={x.field: x.before for x in write.changes} or None,
            after={x.field: x.after for x in write.changes} or None,
        )
        ctx.written += 1
    _check_read_back(ctx, record, desired)


def _check_read_back(ctx: RunContext, record: RemoteRecord, desired: CanonProduct) -> None:
    left = ctx.store.product_target.plan(record, desired, ctx.account)
    if left.kind != "none":
        fields = ", ".join(sorted({change.field for change in left.changes}))
        raise ConnectorError(
            f"The channel kept other values than those written: {fields}.", code="readBackDiffers"
        )


def _publish(ctx: RunContext, product: Product, write: Write) -> None:
    status = Published.Status.UNPUBLISHED if write.kind == "archive" else Published.Status.PUBLISHED
    Published.objects.update_or_create(
        product=product, integration=ctx.integration, defaults={"status": status}
    )


def _link(ctx: RunContext, product: Product, record: RemoteRecord) -> None:
    """Link the product and its variants to the remote ids, by the units the document names."""
    translated = ctx.store.products.translate(record, ctx.account).record
    _link_one(ctx, product.pk, record.remote_id)
    mine = {
        _options(variant): variant
        for variant in Product.objects.filter(parent=product).exclude(status=Product.Status.ARCHIVED)
    }
    for variant in translated.variants:
        options = tuple(sorted((option.name, option.value) for option in variant.variant_options))
        if options in mine:
            _link_one(ctx, mine[options].pk, variant.ext_product_id)
    skus = [unit.sku for unit in (translated, *translated.variants) if unit.sku]
    mark_flows(ctx.integration.organization_id, "inventory", "push", skus, "product published")


def _options(variant: Product) -> tuple[tuple[str, str], ...]:
    rows: Sequence[dict[str, str]] = variant.canonical.get("variantOptions", [])
    return tuple(sorted((row["name"], row["value"]) for row in rows))


def _link_one(ctx: RunContext, record_id: int, remote_id: str) -> None:
    Link.objects.get_or_create(
        integration=ctx.integration, entity=ENTITY, remote_id=remote_id, defaults={"record_id": record_id}
    )
