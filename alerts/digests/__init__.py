"""Gather the facts of a digest and make it."""
