"""Decide whether a page looks like its source, and quarantine it if not."""
