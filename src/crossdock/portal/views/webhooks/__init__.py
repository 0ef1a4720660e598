"""Outgoing webhooks: who is told what changed, and how the telling goes."""
