"""Orders: finding, reading and acting on them."""
