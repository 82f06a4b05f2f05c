"""Random numbers that are a function of (seed, step, place): nothing to save, nothing that order or threads could change."""

import math

import numpy as np

from glassnet.engine.kernel import inline


@inline
def random_key(seed):
    """The key of a seed: irregular odd bits, as the generator wants (SplitMix64, Steele, Lea and Flood 2014)."""
    z = np.uint64(seed) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (z ^ (z >> np.uint64(31))) | np.uint64(1)


@inline
def random_bits(step, place, key):
    """32 random bits for a place (below 2**32) in a step.

    Source: Widynski, "Squares: A Fast Counter-Based RNG" (2020), the generator of four rounds.
    """
    half = np.uint64(32)
    y = ((np.uint64(step) << half) | np.uint64(place)) * key
    z = y + key
    x = y * y + y
    x = (x >> half) | (x << half)
    x = x * x + z
    x = (x >> half) | (x << half)
    x = x * x + y
    x = (x >> half) | (x << half)
    return (x * x + z) >> half


@inline
def random_uniform(step, place, key):
    """A float32 in [0, 1) of 24 random bits."""
    return np.float32(np.int32(random_bits(step, place, key) >> np.uint64(8))) * np.float32(2.0**-24)


@inline
def random_normal(step, place, key):
    """A number of the standard normal distribution (Box and Muller 1958) of two uniform ones."""
    u = random_uniform(step, 2 * place, key) + np.float32(2.0**-25)
    v = random_uniform(step, 2 * place + 1, key)
    return np.float32(math.sqrt(np.float32(-2) * math.log(u)) * math.cos(np.float32(2 * math.pi) * v))
