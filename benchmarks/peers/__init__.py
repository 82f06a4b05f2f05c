"""One file for each library. Each has a class `Trainer`; worker.py times it.

Every trainer has the same few methods:

    Trainer.variants(task)    names of the ways worth trying; worker.py measures the fastest of them
    Trainer(task, data, variant)
    reset()                   back to the given weights and to this variant's number of threads (never timed)
    train(order)              one SGD step for each row of `order` (steps, batch_size), in that order
    epoch(order)              one epoch as a user of the library runs it, which may shuffle by itself; timed
    weights()                 [kernel, bias, kernel, ...] as NumPy arrays
    predict(x)                scores of many rows, (rows, classes)
    predict_one(x)            the same for one row, by the library's quickest public call
"""

import importlib

MODULES = {
    "glassnet": "glassnet_",
    "PyTorch eager": "torch_eager",
    "PyTorch compiled": "torch_compiled",
    "JAX": "jax_",
    "JAX sums": "jax_sums",
    "Keras on JAX": "keras_",
    "Keras on TF": "keras_",
    "scikit-learn": "sklearn_",
}
FAMILIES = {
    "glassnet": "family_glassnet",
    "PyTorch eager": "family_torch",
    "JAX": "family_jax",
    "Keras on JAX": "family_keras",
}
"""The peers on the networks of `families`; their trainers have no `reset`, `epoch` and `weights`."""
IMPORTS = {  # what training needs; `import glassnet` alone loads its parts only when they are used
    "glassnet": "glassnet.models",
    "PyTorch eager": "torch",
    "PyTorch compiled": "torch",
    "JAX": "jax",
    "JAX sums": "jax",
    "Keras on JAX": "keras",
    "Keras on TF": "keras",
    "scikit-learn": "sklearn.neural_network",
}


def environment(peer):
    """Environment variables that the process of this peer needs."""
    backends = {"Keras on JAX": "jax", "Keras on TF": "tensorflow"}
    return {"KERAS_BACKEND": backends[peer]} if peer in backends else {}


def trainer(peer):
    """The class `Trainer` of a peer."""
    return importlib.import_module(f"peers.{MODULES[peer]}").Trainer


def family_trainer(peer):
    """The class `Trainer` of a peer for the networks of `families`."""
    return importlib.import_module(f"peers.{FAMILIES[peer]}").Trainer
