"""Whether a classifier is right as often as it is sure: reliability diagram and expected calibration error."""

from typing import NamedTuple

import numpy as np

BINS = 15
"""Of confidence, as in Guo et al. (2017)."""


class Calibration(NamedTuple):
    """Confidence against accuracy, in equal bins of confidence.

    Attributes:
        edges: (bins + 1,) limits of the bins, from 0 to 1.
        count: (bins,) examples in each.
        confidence: (bins,) their mean confidence; NaN where a bin is empty.
        accuracy: (bins,) the share of them that were right; NaN where a bin is empty.
        error: The expected calibration error: mean distance of the two over all examples, from 0 to 1.
    """

    edges: np.ndarray
    count: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray
    error: float


def calibration(confidence, right, bins=BINS):
    """How far confidence is from accuracy (Guo, Pleiss, Sun and Weinberger 2017, arXiv:1706.04599, eq. 2 and 3).

    Arguments:
        confidence: (N,) how sure the network was of the class that it named, from 0 to 1.
        right: (N,) whether it was right.
        bins: Number of bins.

    Returns: `Calibration`. Raises `ValueError` for confidences out of range or another number of answers.

    >>> calibration([0.9, 0.9, 0.6, 0.6], [True, True, True, False]).error.round(3)
    np.float64(0.1)
    """
    confidence, right = np.asarray(confidence, np.float64), np.asarray(right, bool)
    if confidence.ndim != 1 or confidence.shape != right.shape or not len(confidence):
        raise ValueError(f"Expected two arrays (N,) of one length. Received: shapes {confidence.shape}, {right.shape}.")
    if not (confidence.min() >= 0 and confidence.max() <= 1):
        raise ValueError(f"Expected confidences from 0 to 1. Received: {confidence.min()} to {confidence.max()}.")
    place = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)  # bins are open to the left, as in the paper
    count = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):
        sure = np.bincount(place, confidence, bins) / count
        accuracy = np.bincount(place, right, bins) / count
    error = np.nansum(count * np.abs(accuracy - sure)) / len(confidence)
    return Calibration(np.linspace(0, 1, bins + 1), count, sure, accuracy, error)
