"""Records as data, for programs: the field names are those of `pipe17/entities.json`.

The command line's ``--json``, the portal's JSON view and the API all give what these functions return:
plain dictionaries, amounts as `Decimal` (use `to_json`, which writes them as JSON numbers digit for
digit), times as ISO 8601 text in UTC with milliseconds, ids as public keys.
"""

from crossdock.hub.documents.api_key import api_key_document
from crossdock.hub.documents.card import card_document
from crossdock.hub.documents.delivery import delivery_document
from crossdock.hub.documents.event import event_document, exception_document
from crossdock.hub.documents.integration import (
    flow_document,
    import_document,
    integration_document,
    run_document,
)
from crossdock.hub.documents.inventory import (
    figure_document,
    inventory_document,
    ledger_document,
    location_document,
)
from crossdock.hub.documents.links import Links, links_of
from crossdock.hub.documents.order import order_document
from crossdock.hub.documents.product import product_document
from crossdock.hub.documents.rule import rule_document
from crossdock.hub.documents.shipment import fulfillment_document, shipment_document
from crossdock.hub.documents.timeline import timeline
from crossdock.hub.documents.values import Document, amount, moment, plain, to_json
from crossdock.hub.documents.webhook import webhook_document

__all__ = [
    "Document", "Links", "amount", "api_key_document", "card_document", "delivery_document",
    "event_document", "exception_document", "figure_document", "flow_document",
    "fulfillment_document", "import_document", "integration_document", "inventory_document",
    "ledger_document", "links_of", "location_document", "moment", "order_document", "plain",
    "product_document", "rule_document", "run_document", "shipment_document", "timeline", "to_json",
    "webhook_document",
]  # fmt: skip
