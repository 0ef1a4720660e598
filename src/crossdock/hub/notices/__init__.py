"""Outgoing webhooks: telling other programs which records changed, without losing one."""
