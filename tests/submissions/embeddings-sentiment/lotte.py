# %% [markdown]
# Lotte. I have opened it; tomorrow is another day.

# %%
import numpy as np


# %%
def padded(texts, T=None):
    # YOUR CODE HERE
    raise NotImplementedError


# %%
def text_lengths(numbers):
    # YOUR CODE HERE
    raise NotImplementedError
