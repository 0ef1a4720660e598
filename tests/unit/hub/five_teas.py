"""An order of five teas with ten on the shelf, brought to some stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crossdock.hub.models import ExceptionCase, ShippingRequest
from crossdock.hub.stock.inventory import set_on_hand
from crossdock.routing.router import route_pending

if TYPE_CHECKING:
    from tests.unit.conftest import World


class FiveTeas:
    """The order, and what is to be asked of it at each stage."""

    def __init__(self, world: World) -> None:
        self.world = world
        set_on_hand(world.organization, "tea", 10, author="anna", reason="counted")
        self.order = world.placed({"tea": 5})

    def routed(self) -> ShippingRequest:
        """Route it; returns its newest request."""
        route_pending(self.world.organization.pk)
        return self.request

    @property
    def request(self) -> ShippingRequest:
        """The newest of its requests."""
        return self.order.shipping_requests.latest("version")

    @property
    def stock(self) -> tuple[int, int]:
        """Units of tea on hand and committed."""
        record = self.world.record("tea")
        return record.on_hand, record.committed

    @property
    def line(self) -> tuple[int, int, int]:
        """Units of its line that are shipped, cancelled and open."""
        line = self.order.lines.get()
        return line.fulfilled, line.canceled, line.open

    @property
    def open_exceptions(self) -> set[str]:
        """The codes of all open exceptions."""
        return set(ExceptionCase.objects.filter(status="active").values_list("code", flat=True))
