"""The tables of the monitor, and every read and write of them."""
