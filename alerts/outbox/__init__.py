"""The queue of messages, and their delivery."""
