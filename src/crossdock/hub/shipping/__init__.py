"""Shipping: requests to ship, the parcels and rejections that answer them, and what warehouses are told."""
