"""Profiles: how each kind of page is read."""
