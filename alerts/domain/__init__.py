"""Settings, tables and shared types of the alerts half."""
