"""Shipping requests: what each location is to ship."""
