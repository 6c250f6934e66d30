"""What the running service does, step by step."""
