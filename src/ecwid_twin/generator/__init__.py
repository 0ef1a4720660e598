"""Invented but realistic shops: products and orders from a seed."""
