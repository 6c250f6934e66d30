"""Words: headlines, dates, markers and escaping."""
