"""Digests and reminders in sentences, ready for templates."""
