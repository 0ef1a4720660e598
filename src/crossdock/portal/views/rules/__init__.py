"""Rules: what happens to an order before it is routed."""
