"""Fulfillments: what has left the warehouses."""
