"""What runs the two halves: command line, watch file, database, scheduler, demo."""
