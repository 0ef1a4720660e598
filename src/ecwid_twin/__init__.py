"""A stand-in Ecwid store: the REST API v3, OAuth and webhooks of one or more invented shops.

It is a server of its own (`ecwid-twin serve`) and can also run inside a test (`ecwid_twin.server.running`).
It shares no code with the hub: the two meet over HTTP only, so one misreading cannot hide in both.
"""
