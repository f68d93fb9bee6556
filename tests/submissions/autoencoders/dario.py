# %% [markdown]
# Dario. I have looked at it; the weekend is long.

# %%
import numpy as np


# %%
def autoencoder_forward(x, parameters, hidden="sigmoid", output="identity"):
    # YOUR CODE HERE
    raise NotImplementedError


# %%
def corrupt(x, p, generator):
    # YOUR CODE HERE
    raise NotImplementedError
