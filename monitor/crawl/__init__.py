"""Walk a source's pages and decide what the look is worth."""
