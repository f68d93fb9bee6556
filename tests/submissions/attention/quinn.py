# %% [markdown]
# Quinn. I have opened it; it is long.

# %%
import numpy as np


# %%
def attention_weights(e, mask=None):
    # YOUR CODE HERE
    raise NotImplementedError


# %%
def look_back(s, h, parameters, mask=None, kind="additive"):
    # YOUR CODE HERE
    raise NotImplementedError
