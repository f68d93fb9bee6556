"""Many dimensions in a plane: principal components, t-SNE, and how far to trust the picture."""
