"""Planning writes: from what a record is and what it should be to the calls that make it so. Pure.

`Write.request` is ``{"calls": [{"method", "path", "query", "body"}, …]}``, in order; in the calls after
a create, ``{id}`` in a path stands for the new product's id.
"""

from crossdock.connectors.ecwid.plan.fulfillment import fulfillment
from crossdock.connectors.ecwid.plan.product import product

__all__ = ["fulfillment", "product"]
