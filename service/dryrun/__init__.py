"""Try pages, profiles, templates and channels without recording anything."""
