"""All cases of a few yes-or-no questions, each with its weighted sum beside the threshold."""

import traitlets

from glassnet.widgets.picture import Packed, Picture


class WeightedCases(Picture):
    """A row for each case: which answers are yes, the sum of their weights as a bar, and on which side of the threshold it is.

    Attributes:
        names: The questions, short.
        weights: One number for each.
        threshold: What a sum must exceed.
        cases: `uint8` (N, questions), 1 for yes.
        sums: `float32` (N,).
        fires: `uint8` (N,), 1 where the sum exceeds the threshold.
        words: `{"yes", "no", "sum", "threshold"}`: what the neuron says, and the heads of columns.

    >>> WeightedCases(names=["sun"], weights=[6.0], threshold=5.0).threshold
    5.0
    """

    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    weights = traitlets.List(traitlets.Float()).tag(sync=True)
    threshold = traitlets.Float(0.0).tag(sync=True)
    cases = Packed("uint8")
    sums = Packed("float32")
    fires = Packed("uint8")
    words = traitlets.Dict().tag(sync=True)
