"""Types and pure rules that every part of the monitor shares."""
