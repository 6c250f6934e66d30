"""Match changes against topics, and explain or back-test a topic."""
