"""The plots that the course draws, each a function that returns a matplotlib figure."""
