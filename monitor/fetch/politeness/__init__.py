"""Whose turn it is at a host, and how long to wait."""
