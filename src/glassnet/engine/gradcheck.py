"""Proof of derivatives: what the backward kernels give against central differences."""

import numpy as np


def central_difference(function, point, step=1e-6):
    """The derivative of a scalar function of an array by each element of `point`, by central differences.

    Arguments:
        function: Takes an array shaped like `point`, returns a number.
        point: Array of float64.
        step: Distance to either side; 1e-6 balances truncation against rounding in float64.

    >>> central_difference(lambda v: float((v**2).sum()), np.array([1.0, -2.0])).round(6)
    array([ 2., -4.])
    """
    point = np.array(point, np.float64)
    gradient = np.zeros_like(point)
    for index in np.ndindex(point.shape):
        kept = point[index]
        point[index] = kept + step
        above = function(point)
        point[index] = kept - step
        below = function(point)
        point[index] = kept
        gradient[index] = (above - below) / (2 * step)
    return gradient
