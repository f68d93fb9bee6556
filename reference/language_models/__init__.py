"""What comes next: n-grams, Bengio's network, recurrent networks; how well they guess, and what they write."""
