"""Text as counts: vocabularies, bags of words, TF-IDF, co-occurrence and what linear algebra finds in them."""
