"""What programs talk to: webhooks in, health and metrics out. Nothing here is for a browser."""
