"""Stock: the figures of each SKU at each location, their ledger, bundles, counts, and what a channel is shown.

    ledger          the one place where figures change (ledger_sql); ledger_check: whether all of them add up
    inventory       counting, reserving for orders, letting go; figures: what arrives, is on its way, is locked away
    counts          what somebody found on a shelf, brought up to date (count_facts); recount: what a page showed
    sheets          files of counts: sheet_file reads them, sheet_export writes them
    bundles         sold as one, kept as parts: bundle_items, bundle_figures; pending: requests that wait for stock
    availability    the figure that a channel is to show, by feeding and channel_limits; why and history of it

Each change marks its SKU for every *push inventory* (`flows/push_inventory.py`).
"""
