"""The engine for profiles that a YAML file describes."""
