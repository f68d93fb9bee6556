"""What is done with word vectors once they exist: neighbours, analogies, bias, files, and scores beside people's."""
