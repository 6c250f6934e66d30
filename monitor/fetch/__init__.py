"""Get pages over HTTP, from a browser or from files."""
