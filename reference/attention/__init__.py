"""Attention: weighing what was read by how well it answers, in encoder-decoders and in transformers."""
