# %% [markdown]
# Vic. Next week.

# %%
import numpy as np


# %%
def mcculloch_pitts(excitatory, inhibitory, threshold):
    # YOUR CODE HERE
    raise NotImplementedError


# %%
def softmax(z):
    # YOUR CODE HERE
    raise NotImplementedError
