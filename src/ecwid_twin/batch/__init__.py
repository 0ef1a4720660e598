"""The batch endpoint: queued lists of calls."""
