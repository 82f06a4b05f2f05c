"""The table of true and predicted classes."""

import math

from glassnet.engine.kernels.confusion import CONFUSION, LARGER, NONE_IGNORED, NUMBER, VALUES
from glassnet.metrics.metric import Metric, metrics


class ClassTable(Metric):
    """The base of metrics that are worked out from a table of classes. Totals: (C, C), rows true, columns predicted.

    Arguments:
        num_classes: C, at least 1.
        name: See `Metric`.
        dtype: See `Metric`.
    """

    ignore_class = None
    whole_weights = False
    threshold = 0.5

    def __init__(self, num_classes, name, dtype):
        super().__init__(dtype, name)
        if num_classes < 1:
            raise ValueError(f"Expected at least one class. Received: num_classes={num_classes!r}.")
        self.num_classes = num_classes
        self.build(num_classes**2)

    def plan(self, graph, y_pred, target, weights=None, name=None):
        kind, true_values = self._kinds(y_pred.shape, target.shape)
        rows = y_pred.shape[:-1] if kind == VALUES else y_pred.shape
        true_rows = target.shape[:-1] if true_values else target.shape
        if math.prod(rows) != math.prod(true_rows):
            raise ValueError(
                f"Metric {self.name!r} expected a true class for each predicted one. Received: y_true of shape "
                f"{('batch', *target.shape)}, y_pred of shape {('batch', *y_pred.shape)}."
            )
        sizes = (
            *(math.prod(rows), self.num_classes, self._weight_rows(weights, true_rows)),
            *(y_pred.shape[-1] if kind == VALUES else 1, kind, target.shape[-1] if true_values else 1),
            *(NONE_IGNORED if self.ignore_class is None else self.ignore_class, int(self.whole_weights)),
        )
        inputs, constants = (y_pred, target, weights), (self.threshold,)
        return [self._add_node(graph, CONFUSION, inputs, self.num_classes**2, sizes=sizes, constants=constants)]

    def _kinds(self, predicted, true):
        """What predictions of this shape are, and whether targets of this shape are one-hot."""
        raise NotImplementedError(f"Expected {type(self).__name__} to define _kinds(). Do so.")


@metrics.add()
class ConfusionMatrix(ClassTable):
    """How often each true class (row) was taken for each class (column).

    Targets are class numbers or one-hot. Predictions have a value for each class, of which the largest counts; for two
    classes also one probability; or they are class numbers.

    Arguments:
        num_classes: C.
        name: Its name.
        dtype: See `Metric`.

    Result: array (C, C).

    >>> matrix = ConfusionMatrix(3)
    >>> matrix.update_state([0, 1, 2, 2], [[0.8, 0.1, 0.1], [0.2, 0.5, 0.3], [0.1, 0.6, 0.3], [0.1, 0.2, 0.7]])
    >>> matrix.result()
    array([[1., 0., 0.],
           [0., 1., 0.],
           [0., 1., 1.]], dtype=float32)
    """

    def __init__(self, num_classes, name=None, dtype=None):
        super().__init__(num_classes, name, dtype)

    def _kinds(self, predicted, true):
        C = self.num_classes
        values = bool(predicted) and predicted[-1] == C and C > 1
        one_hot = bool(true) and true[-1] == C and C > 1 and (not values or true == predicted)
        single = LARGER if C == 2 else NUMBER
        return VALUES if values else single, one_hot

    def result_from(self, totals):
        return totals.reshape(self.num_classes, -1).copy()

    def get_config(self):
        return {**super().get_config(), "num_classes": self.num_classes}
