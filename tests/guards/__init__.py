"""Every guard that a promise rests on, taken out in turn: some test must notice."""
