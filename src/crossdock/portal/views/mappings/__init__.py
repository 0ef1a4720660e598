"""Mappings of one's own: written, tried on a stored document, switched, applied to orders that are here."""
