# %% [markdown]
# Only the clipping

# %%
import numpy as np


# %%
def clip_gradients(gradients, limit, by='value'):
    if by not in ("value", "norm"):
        raise ValueError(f"do not know how to clip by {by}")
    if by == "value":
        return {k: np.maximum(np.minimum(v, limit), -limit) for k, v in gradients.items()}
    norm = np.linalg.norm(np.concatenate([v.reshape(-1) for v in gradients.values()]))
    factor = min(1.0, limit / norm) if norm else 1.0
    return {k: factor * v for k, v in gradients.items()}
