"""What a connector is: what it declares, and what the engine may ask of it.

A connector is a folder that offers one `Connector`. It imports `crossdock.canon` and this contract,
and nothing else of ours. Everything it must not have of its own is handed to it in `Services`: the
clock, the network transport, randomness, and the gate that keeps all processes within the outside
system's request limit. Input and output live in a `Session`; translation and planning are pure.
"""

from __future__ import annotations

from crossdock.connectors.contract.access import (
    Forged,
    Grant,
    Hint,
    OAuth,
    WebhookReader,
)
from crossdock.connectors.contract.connector import (
    Connector,
    Session,
    Store,
    Warehouse,
)
from crossdock.connectors.contract.handover import (
    Inbox,
    Outbox,
    Reject,
    Row,
    Rows,
)
from crossdock.connectors.contract.manifest import (
    Account,
    CredentialField,
    Direction,
    Entity,
    FlowOffer,
    Guide,
    GuideStep,
    Manifest,
    OptionField,
)
from crossdock.connectors.contract.mapping import FieldRule, StatusRule
from crossdock.connectors.contract.pulling import (
    CanonT,
    DeletedPage,
    Deletion,
    Notice,
    Page,
    RemoteRecord,
    Source,
    Translated,
    Window,
)
from crossdock.connectors.contract.pushing import (
    Applied,
    Change,
    FulfillmentTarget,
    Outcome,
    ProductTarget,
    StockChange,
    StockReading,
    StockTarget,
    Write,
)
from crossdock.connectors.contract.services import (
    Gate,
    RemoteCall,
    Services,
)
from crossdock.connectors.errors import ConnectorError

__all__ = [
    "Account",
    "Applied",
    "CanonT",
    "Change",
    "Connector",
    "ConnectorError",
    "CredentialField",
    "DeletedPage",
    "Deletion",
    "Direction",
    "Entity",
    "FieldRule",
    "FlowOffer",
    "Forged",
    "FulfillmentTarget",
    "Gate",
    "Grant",
    "Guide",
    "GuideStep",
    "Hint",
    "Inbox",
    "Manifest",
    "Notice",
    "OAuth",
    "OptionField",
    "Outbox",
    "Outcome",
    "Page",
    "ProductTarget",
    "Reject",
    "RemoteCall",
    "RemoteRecord",
    "Row",
    "Rows",
    "Services",
    "Session",
    "Source",
    "StatusRule",
    "StockChange",
    "StockReading",
    "StockTarget",
    "Store",
    "Translated",
    "Warehouse",
    "WebhookReader",
    "Window",
    "Write",
]
