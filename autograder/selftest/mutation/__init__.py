"""Automatic mistakes: one small change of a function's source at a time."""
