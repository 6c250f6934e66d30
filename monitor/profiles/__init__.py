"""How to read each kind of page."""
