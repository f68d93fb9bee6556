"""Text as dense vectors that are learned: word2vec and what came of it, GloVe, FastText and Doc2Vec."""
