"""From what a user writes in `metrics=[...]` to a metric."""

import inspect

from glassnet.losses import Loss
from glassnet.metrics import accuracy, correlation
from glassnet.metrics.mean_loss import MeanMetricWrapper
from glassnet.metrics.metric import Metric, metrics

FUNCTIONS = {
    accuracy.binary_accuracy: accuracy.BinaryAccuracy,
    accuracy.categorical_accuracy: accuracy.CategoricalAccuracy,
    accuracy.sparse_categorical_accuracy: accuracy.SparseCategoricalAccuracy,
    accuracy.top_k_categorical_accuracy: accuracy.TopKCategoricalAccuracy,
    accuracy.sparse_top_k_categorical_accuracy: accuracy.SparseTopKCategoricalAccuracy,
    correlation.pearson_correlation: correlation.PearsonCorrelation,
    correlation.concordance_correlation: correlation.ConcordanceCorrelation,
}
"""The metrics that functions of this package stand for."""


def get(identifier):
    """A metric from its name, configuration, class, function form, from a loss or from itself; None gives None.

    Raises `ValueError` for anything else, such as a Python function: metrics run inside the compiled loop.

    >>> get("mse").name
    'mean_squared_error'
    """
    if identifier is None or isinstance(identifier, Metric):
        return identifier
    if isinstance(identifier, Loss) or hasattr(identifier, "loss_class"):
        return MeanMetricWrapper(identifier)
    if inspect.isfunction(identifier) and identifier in FUNCTIONS:
        return FUNCTIONS[identifier]()
    if isinstance(identifier, str | dict) or inspect.isclass(identifier) and issubclass(identifier, Metric):
        return metrics.get(identifier)
    raise ValueError(
        "Expected the name, the configuration or an object of a metric. "
        f"Received: {identifier!r}. Metrics run inside the compiled loop, so Python functions cannot be metrics: "
        "derive a class from Metric, or compute it from model.predict(x)."
    )


def resolve(identifier, output_shape, target_shape, loss=None):
    """The metric that `identifier` means for a model, with the name that it has in logs.

    `"accuracy"` (or `"acc"`) is binary accuracy for one output, sparse categorical accuracy for targets that are class
    numbers, and categorical accuracy for one-hot targets; `"crossentropy"` (or `"ce"`) is chosen likewise. A metric
    chosen by a string is named by that string.

    Arguments:
        identifier: See `get`.
        output_shape: Shape of the predictions of one example.
        target_shape: Shape of the target of one example.
        loss: The model's loss, whose `from_logits` a `"crossentropy"` takes over.

    >>> metric = resolve("acc", (10,), ())
    >>> type(metric).__name__, metric.name
    ('SparseCategoricalAccuracy', 'acc')
    """
    if not isinstance(identifier, str):
        metric = get(identifier)
        if metric is None:
            raise ValueError("Expected a metric in metrics=[...]. Received: None. Leave it out.")
        return metric
    kind = _kind(tuple(output_shape), tuple(target_shape))
    if identifier.lower() in ("accuracy", "acc"):
        metric = metrics.find(f"{kind}_accuracy")()
    elif identifier.lower() in ("crossentropy", "ce"):
        metric = metrics.find(f"{kind}_crossentropy")(from_logits=getattr(loss, "from_logits", False))
    else:
        metric = metrics.get(identifier)
    metric.name = identifier
    return metric


def _kind(output, target):
    """Which accuracy and cross-entropy fit predictions and targets of these shapes."""
    if not output or output[-1] == 1:
        return "binary"
    if len(target) < len(output) or target[-1] == 1:
        return "sparse_categorical"
    return "categorical"
