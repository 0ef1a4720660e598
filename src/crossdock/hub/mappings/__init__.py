"""Rules of one's own between a source document and the hub's record: what they may say, and applying them."""
