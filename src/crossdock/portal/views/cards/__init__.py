"""Routing cards: which orders ship from where."""
