"""Assignments, notes and snoozes."""
