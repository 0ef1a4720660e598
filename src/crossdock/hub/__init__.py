"""The domain: organizations, integrations, orders, products, inventory, shipments, events, exceptions.

`models/` holds the data, the modules and folders beside it the verbs: `orders/`, `shipping/`, `stock/`, `places/`,
`products`, `mappings/`; `notices/` and `notifications/` tell programs and people. `listing/` finds and lists records,
`documents/` shows them to programs. `intake` is how records come in, `marks`, `waking` and `queueing` how work is asked
for, `events` and `exceptions` how it is told. Nothing here knows how syncing works or what any outside system looks
like.
"""
