"""The permission names an app can ask for (ecwid-api/auth.md §4)."""

from __future__ import annotations

ALWAYS = "read_store_profile"
PUBLIC = "public_storefront"

CUSTOM_APP = (
    ALWAYS,
    "read_catalog",
    "update_catalog",
    "create_catalog",
    "read_orders",
    "update_orders",
    PUBLIC,
)
"""What a fresh custom app holds."""

ALL = frozenset(
    [
        "read_store_profile",
        "read_store_profile_extended",
        "read_store_limits",
        "update_store_profile",
        "read_store_stats",
        "read_catalog",
        "update_catalog",
        "create_catalog",
        "update_catalog_batch_delete",
        "read_orders",
        "update_orders",
        "create_orders",
        "read_invoices",
        "read_customers",
        "update_customers",
        "create_customers",
        "read_customers_extrafields",
        "update_customers_extrafields",
        "delete_customers_extrafields",
        "read_discount_coupons",
        "update_discount_coupons",
        "create_discount_coupons",
        "read_promotion",
        "update_promotion",
        "create_promotion",
        "delete_promotion",
        "read_reviews",
        "update_reviews",
        "read_brands",
        "read_subscriptions",
        "update_subscriptions",
        "read_sizecharts",
        "update_sizecharts",
        "create_sizecharts",
        "public_storefront",
        "customize_storefront",
        "add_to_cp",
        "add_shipping_method",
        "add_payment_method",
        "customize_cart_calculation",
        "add_custom_blocks",
        "add_custom_templates",
        "buy_domains",
        "charge",
        "read_staff",
        "invite_staff",
        "create_staff",
        "update_staff",
        "delete_staff",
        "allow_sso",
        "read_storefront_widget_pages",
    ]
)


def split(text: str) -> tuple[str, ...]:
    """The names in a space-separated list, each once, in order."""
    return tuple(dict.fromkeys(text.split()))
