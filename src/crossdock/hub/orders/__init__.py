"""Orders: taking them in, what changes on the channel do to them, holding and releasing, and where they stand.

    intake          orders come in by the page; places: the location that a channel chose
    changes         an order that is here has changed on its channel: policy says which change is followed by what,
                    lifecycle what becomes of units, requests and stock, attention what a person must decide
    release         held, for review, or let through: what rules (`routing/rules/`) or people said
    retries         tried again when something changed for an order that found no place
    canceling       cancelled here; foreseeing: what that would do
    remapping       read anew from their documents, because mappings changed
    status          where an order and a request stand, from facts; line_counts, disposition

Next comes routing (`routing/`), which makes shipping requests of what is let through (`hub/shipping/`).
"""
