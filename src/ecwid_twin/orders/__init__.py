"""Orders: their records, search, stock side effects and endpoints."""
