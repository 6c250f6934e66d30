"""Loopback servers for the demo and the tests."""
