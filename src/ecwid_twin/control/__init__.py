"""The control API: what a test or a demo uses to play shopper, merchant and bad weather."""
