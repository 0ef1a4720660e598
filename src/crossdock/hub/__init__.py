"""The domain: organizations, integrations, orders, products, inventory, shipments, events, exceptions.

`models/` holds the data, the modules beside it the verbs. Nothing here knows how syncing works or
what any outside system looks like.
"""
