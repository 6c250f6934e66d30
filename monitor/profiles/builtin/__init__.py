"""The profiles that ship with the program."""
