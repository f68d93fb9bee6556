"""Where walks have been seen."""

PLACES = ("a hill", "a shore")
