"""A confusion matrix: how many examples of each class were taken for which."""

import traitlets

from glassnet.widgets.picture import Packed, Picture


class Confusion(Picture):
    """A table of counts, a row for each class as labelled and a column for each class as predicted, the fuller the darker.

    Attributes:
        counts: `float32` (C, C).
        class_names: C texts.
        words: What is written: `labelled`, `predicted`.
    """

    counts = Packed("float32")
    class_names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    words = traitlets.Dict().tag(sync=True)
