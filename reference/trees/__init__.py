"""Recursive networks: the meaning of a phrase put together from the meanings of its parts."""
