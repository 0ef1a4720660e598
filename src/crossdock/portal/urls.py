"""The addresses of the portal's pages: each area keeps its own, this page only joins them."""

from __future__ import annotations

from crossdock.portal.views.account import urls as account
from crossdock.portal.views.cards import urls as cards
from crossdock.portal.views.connecting import urls as connecting
from crossdock.portal.views.events import urls as events
from crossdock.portal.views.exceptions import urls as exceptions
from crossdock.portal.views.fulfillments import urls as fulfillments
from crossdock.portal.views.home import urls as home
from crossdock.portal.views.integrations import urls as integrations
from crossdock.portal.views.inventory import urls as inventory
from crossdock.portal.views.locations import urls as locations
from crossdock.portal.views.mappings import urls as mappings
from crossdock.portal.views.notifications import urls as notifications
from crossdock.portal.views.orders import urls as orders
from crossdock.portal.views.products import urls as products
from crossdock.portal.views.requests import urls as requests
from crossdock.portal.views.rules import urls as rules
from crossdock.portal.views.runs import urls as runs
from crossdock.portal.views.search import urls as search
from crossdock.portal.views.settings import urls as settings
from crossdock.portal.views.webhooks import urls as webhooks

app_name = "portal"

urlpatterns = [
    *home.urlpatterns,
    *account.urlpatterns,
    *integrations.urlpatterns,
    *connecting.urlpatterns,
    *mappings.urlpatterns,
    *orders.urlpatterns,
    *requests.urlpatterns,
    *fulfillments.urlpatterns,
    *products.urlpatterns,
    *inventory.urlpatterns,
    *locations.urlpatterns,
    *exceptions.urlpatterns,
    *rules.urlpatterns,
    *cards.urlpatterns,
    *events.urlpatterns,
    *runs.urlpatterns,
    *search.urlpatterns,
    *settings.urlpatterns,
    *webhooks.urlpatterns,
    *notifications.urlpatterns,
]
