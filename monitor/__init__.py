"""What happened out there: pages in, recorded changes out. Knows nothing of alerts."""
