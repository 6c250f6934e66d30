"""Get pages over HTTP, through a browser or from files."""
