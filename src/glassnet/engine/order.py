"""The order in which an epoch goes through its examples."""

import numpy as np

from glassnet.engine.kernel import compiled
from glassnet.engine.kernels.random import random_bits, random_key


def _random_order(order, seed, epoch):
    """Fills `order` (n,) with the numbers from 0 to n - 1, n at the most 2**32, in an order that `seed` and `epoch` say.

    Each number is put behind the others and changes places with one that is drawn among all, itself included. Each order is
    as likely as any other, up to the 32 bits of a draw.

    Source: Fisher and Yates (1938), from the front.
    """
    key = random_key(seed)
    for i in range(order.size):  # all draws first: this loop uses the processor's vectors
        order[i] = np.int64(random_bits(epoch, i, key) * np.uint64(i + 1) >> np.uint64(32))
    for i in range(order.size):
        j = order[i]
        order[i] = order[j]
        order[j] = i


random_order = compiled(_random_order)
