"""From the words of a text to what it says: an embedding layer, and what may be put on top of it."""
