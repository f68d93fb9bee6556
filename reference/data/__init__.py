"""Real texts, and people's judgements of words and documents, in one form; and generators for what nobody ships."""
