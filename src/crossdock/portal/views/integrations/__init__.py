"""Integrations: how each is connected, set up and flowing."""
