"""How the portal says what the hub knows, the same on every page: statuses, flows, authors, sums, numbers and dates."""
