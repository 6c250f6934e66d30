"""Watch the files that reports link to: ask for them, compare them, and write what changed."""
