"""What is sold."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Upper

from crossdock.hub.models.base import Record
from crossdock.hub.models.organization import Organization


class Product(Record):
    """One product or variant. A SKU is unique per organization; only variants that sell under their
    parent's SKU have none.

    `owner` is the integration that created it and the only one whose pulls change it; null belongs to
    people. `canonical` is the whole record in canonical form, without its variants.
    """

    class Kind(models.TextChoices):
        """Simple, or parent and child."""

        SIMPLE = "simple", "Simple"
        PARENT = "parent", "Parent"
        CHILD = "child", "Child"

    class Status(models.TextChoices):
        """Whether it is on sale."""

        ACTIVE = "active", "Active"
        INACTIVE = "inactive", "Inactive"
        ARCHIVED = "archived", "Archived"

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="products")
    owner = models.ForeignKey(
        "hub.Integration", on_delete=models.SET_NULL, null=True, related_name="owned_products"
    )
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="variants")
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.SIMPLE)
    sku = models.CharField(max_length=120, blank=True, default="")
    name = models.CharField(max_length=500)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    upc = models.CharField(max_length=60, blank=True, default="")
    price = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    inventory_not_tracked = models.BooleanField(default=False)
    canonical = models.JSONField(default=dict)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "sku"], condition=~models.Q(sku=""), name="one_product_per_sku"
            )
        ]
        indexes = [
            models.Index(fields=["organization", "-id"], name="product_by_org"),
            models.Index(
                "organization", OpClass(Upper("sku"), name="text_pattern_ops"), name="product_by_sku"
            ),
            models.Index(fields=["organization", "upc"], condition=~models.Q(upc=""), name="product_by_upc"),
            GinIndex(
                models.Func("name", template="to_tsvector('simple'::regconfig, %(expressions)s)"),
                name="product_by_name",
            ),
        ]

    def __str__(self) -> str:
        return self.sku or self.name


class BundleItem(models.Model):
    """How many of a SKU one bundle holds. A product with items is a bundle; a part is never a bundle itself."""

    bundle = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="bundle_items")
    sku = models.CharField(max_length=120)
    quantity = models.PositiveIntegerField()
    updated_at = models.DateTimeField(auto_now=True)
    updated_by = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bundle", "sku"], name="one_item_per_sku")]
        indexes = [models.Index(fields=["sku"], name="bundle_by_item")]


class Published(Record):
    """A product on one channel: its own SKU there where it differs, its buffer, its publish state.

    The figure shown there is less by `buffer_inventory`, at least `floor` (backorders on purpose) and at most
    `cap`; None leaves each to the integration's setting. With `hold_inventory` no figure is pushed.
    """

    class Status(models.TextChoices):
        """Where publishing stands."""

        TO_BE_PUBLISHED = "tobepublished"
        PUBLISHED = "published"
        TO_BE_UNPUBLISHED = "tobeunpublished"
        UNPUBLISHED = "unpublished"
        DISABLED = "disabled"

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="published")
    integration = models.ForeignKey("hub.Integration", on_delete=models.CASCADE, related_name="published")
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.PUBLISHED)
    sku = models.CharField(max_length=120, blank=True, default="")
    buffer_inventory = models.PositiveIntegerField(null=True)
    floor = models.PositiveIntegerField(null=True)
    cap = models.PositiveIntegerField(null=True)
    hold_inventory = models.BooleanField(db_default=False, default=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "integration"], name="one_entry_per_channel")
        ]
