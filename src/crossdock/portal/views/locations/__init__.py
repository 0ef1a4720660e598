"""Locations: pools of stock and pick-up points."""
