"""Initializers: the values that a layer's parameters start from."""

import numpy as np

from glassnet.initializers.constant import Constant, Identity, Ones, Zeros
from glassnet.initializers.drawn import Orthogonal, RandomInitializer, RandomNormal, RandomUniform, TruncatedNormal
from glassnet.initializers.initializer import Initializer, initializers, standard
from glassnet.initializers.variance_scaling import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    VarianceScaling,
    compute_fans,
)


def get(identifier):
    """An initializer from its name, configuration, class, from a function of shape and dtype, or from its values.

    Arguments:
        identifier: What `Registry.get` takes, or an array: then the initializer gives these values and no others.

    >>> get("zeros")((2,)), get(np.array([1.0, 2.0]))((2,))
    (array([0., 0.], dtype=float32), array([1., 2.], dtype=float32))
    """
    if not isinstance(identifier, np.ndarray | np.generic):
        return initializers.get(identifier)

    def given_values(shape, dtype=None):
        shape, dtype = standard(shape, dtype)
        if shape != identifier.shape:
            raise ValueError(f"Expected shape {identifier.shape}, that of the given values. Received: shape={shape}.")
        return identifier.astype(dtype)

    return given_values


serialize = initializers.serialize
deserialize = initializers.deserialize

# Keras lets an initializer be named in lower case as well: `initializers.zeros()`.
zeros, ones, constant, identity, orthogonal = Zeros, Ones, Constant, Identity, Orthogonal
random_normal, random_uniform, truncated_normal = RandomNormal, RandomUniform, TruncatedNormal
variance_scaling, glorot_normal, glorot_uniform = VarianceScaling, GlorotNormal, GlorotUniform
he_normal, he_uniform, lecun_normal, lecun_uniform = HeNormal, HeUniform, LecunNormal, LecunUniform
IdentityInitializer, OrthogonalInitializer = Identity, Orthogonal

__all__ = [
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Identity",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "RandomInitializer",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "VarianceScaling",
    "Zeros",
    "compute_fans",
    "deserialize",
    "get",
    "initializers",
    "serialize",
]
