"""The WSGI application for any server: starts the runtime from the environment."""

from __future__ import annotations

from django.core.wsgi import get_wsgi_application

from crossdock import runtime

runtime.start()
application = get_wsgi_application()
