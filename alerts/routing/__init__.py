"""Decide who hears of a change, and record why."""
