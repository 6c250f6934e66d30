"""Propose a profile for a page that none reads yet."""
