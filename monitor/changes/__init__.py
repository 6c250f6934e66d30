"""Compare what was read with what is stored, and write the differences."""
