"""Points of a set of the library, drawn with arguments of one's own: the arrays for `fit`, and the Python that makes them."""

import numpy as np

from glassnet import datasets
from glassnet.preprocessing import PointFeatures


class PointData:
    """One of the sets of points in `datasets` with the arguments it is drawn with, and the features made of its points.

    Arguments:
        name: Such as `"spiral"`.
        formulas: Of the features, as in `PointFeatures`.
        one_hot: The number of classes where each label is to be a row with a 1, for losses that compare all outputs; None
            to leave labels as they are.
        arguments: Those of `load_data`, such as `n=500, noise=0.1, seed=3`.

    >>> data = PointData("xor", ["x*y"], n=20, test_split=0.25)
    >>> (x, y), (x_val, y_val) = data.load()
    >>> x.shape, y.shape, x_val.shape
    ((15, 1), (15,), (5, 1))
    >>> print("\\n".join(data.lines()))
    (x_train, y_train), (x_test, y_test) = datasets.xor.load_data(n=20, test_split=0.25)
    features = preprocessing.PointFeatures(['x*y'])
    x, y = features.transform(x_train), y_train
    x_val, y_val = features.transform(x_test), y_test
    """

    def __init__(self, name, formulas=("x", "y"), one_hot=None, **arguments):
        self.name, self.one_hot, self.arguments = name, one_hot, arguments
        self.features = PointFeatures(list(formulas))

    def points(self):
        """`(points, labels), (points, labels)` for training and test, as the set gives them."""
        return datasets.find(self.name).load_data(**self.arguments)

    def load(self):
        """`(x, y), (x_val, y_val)`: features (B, F) and labels, as `lines` makes them."""
        return tuple((self.features.transform(points), self._labels(labels)) for points, labels in self.points())

    def _labels(self, labels):
        return labels if self.one_hot is None else np.eye(self.one_hot, dtype="float32")[labels]

    def lines(self):
        """The lines of a script that make x, y, x_val and y_val; it imports `np`, and `datasets`, `preprocessing` of glassnet."""
        given = ", ".join(f"{name}={value!r}" for name, value in self.arguments.items())
        lines = [f"(x_train, y_train), (x_test, y_test) = datasets.{self.name}.load_data({given})"]
        lines.append(f"features = preprocessing.PointFeatures({self.features.formulas!r})")
        for ending, part in (("", "train"), ("_val", "test")):
            labels = f"y_{part}" if self.one_hot is None else f'np.eye({self.one_hot}, dtype="float32")[y_{part}]'
            lines.append(f"x{ending}, y{ending} = features.transform(x_{part}), {labels}")
        return lines
