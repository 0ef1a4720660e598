"""Orders: taking them in, what changes on the channel do to them, holding and releasing, and where they stand."""
