"""Stock: the figures of each SKU at each location, their ledger, bundles, counts, and what a channel is shown."""
