"""Shipping: requests to ship, the parcels and rejections that answer them, and what warehouses are told.

    requests        finding and locking them; drafting makes them, sending notes that a warehouse has them, withdrawing
                    takes them back, cancellations is what the warehouse says to that
    warehouses      requests as warehouses know them; reports: many of their answers at once
    parcels         what may stand in a report of a parcel (packing: bundles by their parts); carriers: tracking pages
    fulfillments    a parcel has left; departures: any number of them, with all that follows
    by_hand         what people ship themselves, once however often a form is sent
    rejections      what a warehouse will not ship; rejected_stock: units that it says it lacks
    telling         whether the store was told

What has shipped is carried to the store by `flows/push_fulfillments.py`.
"""
