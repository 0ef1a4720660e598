"""What programs talk to: the REST API, webhooks in, health and metrics out. Nothing here is for a browser."""
