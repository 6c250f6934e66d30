"""Read and validate the watch file."""
