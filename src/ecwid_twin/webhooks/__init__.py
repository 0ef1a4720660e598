"""Signed events sent to the app, with their retries."""
