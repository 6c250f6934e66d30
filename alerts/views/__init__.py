"""What a reader sees of a digest or reminder, in sentences."""
