"""Who should know: topics, outbox, rendering, delivery, digests. Reads what monitor recorded."""
