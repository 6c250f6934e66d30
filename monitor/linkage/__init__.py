"""Recognize one report or recommendation on several sites."""
