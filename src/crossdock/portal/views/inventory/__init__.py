"""Stock figures, and why they are what they are."""
