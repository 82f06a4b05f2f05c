"""Labels, last activation and loss: do the three belong together? Looked at before anything is run."""

import numpy as np

from glassnet.engine.graph import Graph
from glassnet.inspect.doctor import cure
from glassnet.inspect.doctor.finding import Finding
from glassnet.inspect.doctor.thresholds import CLASSES_THAT_FIT, LOGITS, TARGETS_OUT_OF_REACH, UNITS_FOR_SOFTMAX

INFINITE = float("inf")
RANGES = {
    "sigmoid": (0, 1),
    "hard_sigmoid": (0, 1),
    "softmax": (0, 1),
    "softmax_along": (0, 1),
    "step": (0, 1),
    "tanh": (-1, 1),
    "softsign": (-1, 1),
    "relu": (0, INFINITE),
    "softplus": (0, INFINITE),
    "exponential": (0, INFINITE),
}
"""Between which numbers the outputs of an activation lie."""
SOFTMAX = ("softmax", "softmax_along")
PROBABILITIES = ("sigmoid", "hard_sigmoid", *SOFTMAX)

BINARY = {"class_name": "BinaryCrossentropy", "config": {}}
SPARSE = {"class_name": "SparseCategoricalCrossentropy", "config": {}}
CATEGORICAL = {"class_name": "CategoricalCrossentropy", "config": {}}
SQUARED = {"class_name": "MeanSquaredError", "config": {}}


def classes_of(y):
    """How many classes the labels name by numbers, (N,) or (N, 1); 0 where they are something else."""
    y = np.asarray(y)
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim != 1 or y.size == 0 or y.dtype.kind not in "buif" or y.min() < 0 or not (y == np.floor(y)).all():
        return 0
    return int(y.max()) + 1


def is_one_hot(y):
    """Whether the labels are rows with a single 1."""
    y = np.asarray(y)
    return y.ndim == 2 and y.shape[1] > 1 and bool(((y == 0) | (y == 1)).all() and (y.sum(axis=1) == 1).all())


def softmax_of_one_unit(model, end, y):
    """A softmax over a single unit, which says 1 whatever comes in.

    Arguments:
        model: A compiled model.
        end: `Output` that is looked at.
        y: Its labels, as they are given.
    """
    classes = classes_of(y)
    if end.operation not in SOFTMAX or end.units > 1:
        return None
    if classes == 2:
        change, loss, cure_text = ("sigmoid", 1), BINARY, "sigmoid with binary_crossentropy"
    elif 2 < classes < len(y):
        change, loss = ("softmax", classes), SPARSE
        cure_text = f"{classes} units, one for each class, with sparse_categorical_crossentropy"
    else:
        change, loss, cure_text = ("linear", 1), SQUARED, "no activation, with mean_squared_error"
    return Finding(
        "softmax_of_one_unit",
        end.units,
        UNITS_FOR_SOFTMAX,
        "A softmax makes shares of its units; a single unit always gets all of it, 1, whatever the weights are.",
        f"{cure_text}, in the last layer.",
        lambda: cure.rebuilt(model, lambda configs: cure.with_output(configs, end, *change), loss=(end, loss)),
        (end.layer,),
    )


def labels_do_not_fit(model, end, y):
    """Labels that the loss refuses: numbers of classes for one-hot rows, more classes than units, and the like.

    Arguments: as of `softmax_of_one_unit`. Raises the loss's `ValueError` where the labels are of no kind that is known.
    """
    try:
        _read_by(end, y)
    except ValueError as error:
        classes, refusal = classes_of(y), error
    else:
        return None
    wrong = classes
    if is_one_hot(y) and end.units in (1, np.shape(y)[1]):
        change, loss, wrong = ("softmax", np.shape(y)[1]), CATEGORICAL, np.shape(y)[1]
        text = f"a softmax of {wrong} units with categorical_crossentropy, because the labels are one-hot"
    elif classes == 2 and end.units == 1:
        change, loss = ("sigmoid", 1), BINARY
        text = "one sigmoid unit with binary_crossentropy, because the labels are 0 and 1"
    elif classes > 1 and classes < len(y):
        change, loss = ("softmax", max(classes, end.units)), SPARSE
        name = "sparse_categorical_crossentropy"
        text = f"a softmax of {change[1]} units with {name}, because the labels are numbers of classes"
    elif np.size(y) == len(y) * end.units and np.asarray(y).dtype.kind == "f":
        change, loss, wrong = ("linear", None), SQUARED, np.size(y)
        text = "no last activation, with mean_squared_error, because the targets are measured numbers"
    else:
        raise refusal
    return Finding(
        "labels_do_not_fit",
        wrong,
        CLASSES_THAT_FIT,
        f"The loss {end.loss.name} cannot take these labels. {refusal}",
        f"{text[0].upper()}{text[1:]}.",
        lambda: cure.rebuilt(model, lambda configs: cure.with_output(configs, end, *change), loss=(end, loss)),
        (end.layer,),
        {"classes": classes},
    )


def _read_by(end, y):
    """Lets the loss look at labels and outputs, as training does. Raises its `ValueError`."""
    graph = Graph()
    output, target = graph.tensor("output", end.shape), graph.tensor("target", end.loss.target_shape(end.shape))
    end.loss.check_target(y, end.shape)
    end.loss.plan(graph, output, target)


def logits_mismatch(examination, end):
    """A loss that expects logits and gets probabilities, or the other way round."""
    model, expects = examination.model, getattr(end.loss, "from_logits", None)
    outputs = examination.values(examination.tensors[examination.ends.index(end)])
    inside = float(((outputs >= 0) & (outputs <= 1)).mean())
    if expects:
        measured = inside if end.operation in PROBABILITIES else 0.0
    else:
        measured = 1 - inside if end.operation not in PROBABILITIES else 0.0
    if expects is None or measured <= LOGITS.limit:
        return None
    settings = end.loss.get_config()
    loss = {"class_name": type(end.loss).__name__, "config": {**settings, "from_logits": not expects}}
    if expects:
        meaning = f"The loss makes probabilities of the outputs, but {end.operation} has done so: they are squeezed twice."
        text = "from_logits=False in the loss."
    else:
        meaning = "The loss takes the outputs as probabilities, but they are not: nothing keeps them between 0 and 1."
        text = "from_logits=True in the loss, which then makes the probabilities itself."
    return Finding(
        "logits_mismatch",
        measured,
        LOGITS,
        meaning,
        text,
        # relu or tanh would be no logits either: those may be any number.
        lambda: cure.rebuilt(model, None if expects else lambda c: cure.with_output(c, end, "linear"), loss=(end, loss)),
        (end.layer,),
    )


def targets_out_of_reach(model, end, y):
    """Targets that the last activation cannot produce.

    Arguments:
        model: A compiled model.
        end: `Output` that is looked at.
        y: Its targets as training reads them.
    """
    if end.operation not in RANGES or end.sparse:
        return None
    low, high = RANGES[end.operation]
    share = float(((y < low) | (y > high)).mean())
    if share <= TARGETS_OUT_OF_REACH.limit:
        return None
    return Finding(
        "targets_out_of_reach",
        share,
        TARGETS_OUT_OF_REACH,
        f"{end.operation} gives numbers from {low} to {high}, but targets go from {y.min():.4g} to {y.max():.4g}: "
        "the network "
        "cannot say them.",
        "No activation in the last layer: it can then say any number.",
        lambda: cure.rebuilt(model, lambda configs: cure.with_output(configs, end, "linear")),
        (end.layer,),
        {"least": float(y.min()), "most": float(y.max())},
    )
