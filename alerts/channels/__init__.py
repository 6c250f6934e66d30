"""Send one message to one recipient."""
