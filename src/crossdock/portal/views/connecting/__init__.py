"""Adding an integration and connecting its account."""
