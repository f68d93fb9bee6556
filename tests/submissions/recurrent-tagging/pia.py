# %% [markdown]
# Pia. Opened, and put off.

# %%
import numpy as np


# %%
def turn_around(x, lengths):
    # YOUR CODE HERE
    raise NotImplementedError


# %%
def many_to_one(a, targets, lengths, parameters):
    # YOUR CODE HERE
    raise NotImplementedError
