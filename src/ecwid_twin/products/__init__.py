"""The catalogue: products, variations, stock and their endpoints."""
