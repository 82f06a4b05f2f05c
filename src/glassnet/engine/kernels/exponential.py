"""exp, and what is made of it, in a form that the compiler turns into vector instructions."""

import math

import numpy as np
from numba import types
from numba.extending import overload

from glassnet.engine.kernel import bits_of, inline


@inline
def _exp32(x):
    """e**x in float32 with a relative error under 2e-7: range reduction by ln 2, then a polynomial of degree 5.

    The coefficients are those of expf in S. L. Moshier's Cephes library. Beyond the range of float32 the result is 0 or infinity.
    """
    f = np.float32
    n = np.floor(min(max(x, f(-104)), f(89)) * f(1.44269504088896341) + f(0.5))
    r = (x - n * f(0.693359375)) - n * f(-2.12194440e-4)
    p = f(1.9875691500e-4)
    p = p * r + f(1.3981999507e-3)
    p = p * r + f(8.3334519073e-3)
    p = p * r + f(4.1665795894e-2)
    p = p * r + f(1.6666665459e-1)
    p = p * r + f(5.0000001201e-1)
    # 2**n in two factors: at either end of the range n has no exponent of its own, but its halves have.
    low = np.int32(n) >> np.int32(1)
    high = np.int32(n) - low
    y = (p * r * r + r + f(1)) * bits_of((low + np.int32(127)) << np.int32(23))
    y = y * bits_of((high + np.int32(127)) << np.int32(23))
    y = f(0) if x < f(-104) else y
    y = f(np.inf) if x > f(89) else y
    return x if x != x else y


def exp(x):
    """e**x: float32 by a polynomial that vectorises, float64 by the C library."""
    return type(x)(math.exp(x))


@overload(exp)
def _exp(x):
    if x == types.float32:
        return lambda x: _exp32(x)
    return lambda x: math.exp(x)


@inline
def sigmoid(x):
    """1 / (1 + e**-x)."""
    one = type(x)(1)
    return one / (one + exp(-x))


@inline
def tanh(x):
    """(1 - e**-2|x|) / (1 + e**-2|x|) with the sign of x; near 0, where that loses digits, the odd series of tanh."""
    one, f = type(x)(1), type(x)
    e = exp(f(-2) * abs(x))
    y = (one - e) / (one + e)
    y = y if x > 0 else -y
    s = x * x
    series = x + x * s * (f(-1 / 3) + s * (f(2 / 15) + s * (f(-17 / 315) + s * f(62 / 2835))))
    return series if abs(x) < f(0.15) else y


@inline
def log(x):
    """Natural logarithm in the type of x."""
    return type(x)(math.log(x))
