"""What a check costs, measured on a loopback site: `python -m bench`, or `make bench`."""
