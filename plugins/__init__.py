"""What Gradmark ships as plugins; each family stands by itself and none imports another."""
