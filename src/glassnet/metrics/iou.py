"""Intersection over union: how well the examples that are and that are taken for a class coincide."""

import numpy as np

from glassnet.config import epsilon
from glassnet.engine.kernels.confusion import AT_LEAST, NUMBER, VALUES
from glassnet.metrics.confusion_matrix import ClassTable
from glassnet.metrics.metric import metrics


@metrics.add()
class IoU(ClassTable):
    """The mean over some classes of true positives / (true positives + false positives + false negatives).

    Classes that occur neither as true nor as predicted are left out of the mean.

    Arguments:
        num_classes: How many classes there are.
        target_class_ids: The classes whose mean is the result.
        name: Its name.
        dtype: None or `"int"`: weights are cut to whole numbers, as in Keras; `"float32"`, `"float64"`: they are not.
        ignore_class: Rows of this true class do not count; None for no such class.
        sparse_y_true: Whether targets are class numbers, not one-hot.
        sparse_y_pred: Whether predictions are class numbers, not a value for each class.
        axis: Axis of the classes; only the last (-1) is known.

    >>> iou = IoU(num_classes=2, target_class_ids=[0])
    >>> iou.update_state([0, 0, 1, 1], [0, 1, 0, 1]); round(float(iou.result()), 4)
    0.3333
    """

    def __init__(
        self,
        num_classes,
        target_class_ids,
        name=None,
        dtype=None,
        ignore_class=None,
        sparse_y_true=True,
        sparse_y_pred=True,
        axis=-1,
    ):
        self.whole_weights = dtype in (None, "int")
        super().__init__(num_classes, name, "float32" if self.whole_weights else dtype)
        if self.whole_weights:
            self.dtype = "int"
        if not all(0 <= i < num_classes for i in target_class_ids):
            raise ValueError(f"Expected target_class_ids between 0 and {num_classes - 1}. Received: {list(target_class_ids)}.")
        if axis != -1:
            raise ValueError(f"Expected the classes in the last axis, axis=-1. Received: axis={axis!r}. Move them there.")
        self.target_class_ids = list(target_class_ids)
        self.ignore_class, self.sparse_y_true, self.sparse_y_pred = ignore_class, sparse_y_true, sparse_y_pred
        self.axis = axis

    def _kinds(self, predicted, true):
        for shape, sparse, argument in (
            (predicted, self.sparse_y_pred, "y_pred"),
            (true, self.sparse_y_true, "y_true"),
        ):
            if not sparse and not shape:
                raise ValueError(
                    f"Metric {self.name!r} expected {argument} of shape (batch, ..., classes). "
                    f"Received: shape (batch,). Set sparse_{argument}=True for class numbers."
                )
        return NUMBER if self.sparse_y_pred else VALUES, not self.sparse_y_true

    def result_from(self, totals):
        table = totals.reshape(self.num_classes, -1)
        hits = np.diag(table)[self.target_class_ids]
        union = (table.sum(axis=0) + table.sum(axis=1) - np.diag(table))[self.target_class_ids]
        occurs = union > 1e-9
        # Keras keeps both quotients finite by adding epsilon, which takes a little off each of them.
        iou = np.where(occurs, hits / (union + epsilon()), 0)
        return iou.sum() / (occurs.sum() + epsilon())

    def get_config(self):
        config = {
            "num_classes": self.num_classes,
            "target_class_ids": self.target_class_ids,
            "ignore_class": self.ignore_class,
            "sparse_y_true": self.sparse_y_true,
            "sparse_y_pred": self.sparse_y_pred,
            "axis": self.axis,
        }
        return {**super().get_config(), **config}


@metrics.add()
class BinaryIoU(IoU):
    """`IoU` for targets of 0 and 1 and probabilities, which stand for 1 where they reach the threshold.

    Arguments:
        target_class_ids: The classes whose mean is the result: of 0 and 1.
        threshold: Between 0 and 1.
        name: Its name.
        dtype: See `IoU`.

    >>> iou = BinaryIoU(threshold=0.3)
    >>> iou.update_state([0, 1, 0, 1], [0.1, 0.2, 0.4, 0.7]); round(float(iou.result()), 4)
    0.3333
    """

    def __init__(self, target_class_ids=(0, 1), threshold=0.5, name=None, dtype=None):
        super().__init__(2, target_class_ids, name, dtype)
        self.threshold = threshold

    def _kinds(self, predicted, true):
        return AT_LEAST, False

    def get_config(self):
        config = {"target_class_ids": self.target_class_ids, "threshold": self.threshold}
        return {"name": self.name, "dtype": self.dtype, **config}


@metrics.add()
class MeanIoU(IoU):
    """`IoU` of all classes; arguments as there.

    >>> iou = MeanIoU(num_classes=2)
    >>> iou.update_state([0, 0, 1, 1], [0, 1, 0, 1]); round(float(iou.result()), 4)
    0.3333
    """

    def __init__(
        self,
        num_classes,
        name=None,
        dtype=None,
        ignore_class=None,
        sparse_y_true=True,
        sparse_y_pred=True,
        axis=-1,
    ):
        super().__init__(
            num_classes, range(num_classes), name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis
        )  # fmt: skip

    def get_config(self):
        config = super().get_config()
        del config["target_class_ids"]
        return config


@metrics.add()
class OneHotIoU(IoU):
    """`IoU` for one-hot targets and predictions with a value for each class; arguments as there.

    >>> iou = OneHotIoU(num_classes=2, target_class_ids=[0])
    >>> iou.update_state([[1, 0], [1, 0], [0, 1]], [[0.9, 0.1], [0.2, 0.8], [0.3, 0.7]]); round(float(iou.result()), 4)
    0.5
    """

    def __init__(self, num_classes, target_class_ids, name=None, dtype=None, ignore_class=None, sparse_y_pred=False, axis=-1):
        super().__init__(num_classes, target_class_ids, name, dtype, ignore_class, False, sparse_y_pred, axis)

    def get_config(self):
        config = super().get_config()
        del config["sparse_y_true"]
        return config


@metrics.add()
class OneHotMeanIoU(MeanIoU):
    """`OneHotIoU` of all classes; arguments as for `IoU`."""

    def __init__(self, num_classes, name=None, dtype=None, ignore_class=None, sparse_y_pred=False, axis=-1):
        super().__init__(num_classes, name, dtype, ignore_class, False, sparse_y_pred, axis)

    def get_config(self):
        config = super().get_config()
        del config["sparse_y_true"]
        return config
