"""Show data in a terminal."""
