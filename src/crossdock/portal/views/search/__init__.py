"""One box that finds anything, from every page."""
