"""One module per noun; each view is a function of the request and the visit."""
