"""Networks without a memory: a neuron, a layer of them, and layers one after another; and how they are trained."""
