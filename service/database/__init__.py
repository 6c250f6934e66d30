"""Open, migrate, back up, copy and prune the database."""
