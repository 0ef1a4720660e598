"""Notifications: who is told of which exceptions."""
