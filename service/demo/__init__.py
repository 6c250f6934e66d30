"""A week of oversight in seconds, on this machine."""
