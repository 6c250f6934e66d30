"""Which process may ask a host next, and how long to wait."""
