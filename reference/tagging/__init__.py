"""A tag for each word: who and what a sentence speaks of, and how well that was found."""
