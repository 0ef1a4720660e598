"""Notifications: telling people which exceptions are open, once each."""
