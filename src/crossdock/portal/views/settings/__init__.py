"""The organization itself: its settings, members, keys and audit log."""
