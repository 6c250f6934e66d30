"""Turn outbox items into messages."""
