"""Target dates that agencies promised, and whether they passed."""
