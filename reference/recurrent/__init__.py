"""Networks that read a sequence step by step: the simple one, GRU, LSTM, both directions, and clipping."""
