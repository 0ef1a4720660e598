"""From orders to shipping requests: what may ship, from where, and why."""
