"""The reading room: the recorded history as web pages, JSON and feeds."""
