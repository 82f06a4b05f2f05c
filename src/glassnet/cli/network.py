"""The networks that the commands build, and how data, targets and outputs fit to them."""

import numpy as np

from glassnet import activations, layers, losses, regularizers
from glassnet.layers.structure import flatten
from glassnet.models import Sequential
from glassnet.utils import to_categorical

LOSSES = {
    "regression": "mean_squared_error",
    "binary": "binary_crossentropy",
    "classification": "sparse_categorical_crossentropy",
}
METRICS = {"regression": ["mean_absolute_error"], "binary": ["accuracy"], "classification": ["accuracy"]}


def build(data, hidden, activation, dropout=0.0, l2=0.0):
    """A network for `Data`: hidden Dense layers, then one output for a number or two classes, or one for each class.

    Arguments:
        data: `Data`.
        hidden: Units of the hidden layers.
        activation: Theirs.
        dropout: Share of the units of each hidden layer that is left out while training.
        l2: Factor of the penalty on the squares of all kernels.
    """
    x = data.train[0]
    penalty = {"kernel_regularizer": regularizers.L2(l2)} if l2 else {}
    network = [layers.Input(x.shape[1:])]
    if x.ndim > 2:
        network += [layers.Rescaling(1 / 255), layers.Flatten()]  # pictures stay bytes, and are scaled as they are read
    for units in hidden:
        network.append(layers.Dense(units, activation=activation, **penalty))
        if dropout:
            network.append(layers.Dropout(dropout))
    outputs = len(data.class_names) if data.kind == "classification" else 1
    last = {"regression": None, "binary": "sigmoid", "classification": "softmax"}[data.kind]
    model = Sequential([*network, layers.Dense(outputs, activation=last, **penalty)], name=data.name)
    model.preprocessing = data.preprocessing
    return model


def sizes(model):
    """The network in a word, such as `784-128-10`; how many layers it has where not all that learn are Dense."""
    learning = [layer for layer in model.layers if any(variable.is_parameter for variable in layer.weights)]
    if not isinstance(model, Sequential) or not all(isinstance(layer, layers.Dense) for layer in learning):
        return f"{len(model.layers)} layers"
    return "-".join(map(str, [int(np.prod(model.input_shape[1:])), *(layer.units for layer in learning)]))


def fit_targets(model, y):
    """Targets as the model's loss wants them: class numbers (B,), or one-hot rows where it compares all outputs. Those of
    several outputs as they are."""
    outputs = model.output_shape[-1]
    if (
        model.loss is not None
        and len(model.output_names) == 1
        and outputs > 1
        and np.ndim(y) == 1
        and model.loss.target_shape(model.output_shape[1:]) == (outputs,)
    ):
        return to_categorical(y, outputs).astype("float32")
    return y


def is_classifier(model):
    """Whether the model has one output, which tells classes apart rather than being numbers to be met."""
    if len(model.output_names) > 1:
        return False
    crossentropy = isinstance(model.loss, losses.SparseCategoricalCrossentropy | losses.CategoricalCrossentropy)
    return len(model.output_shape) == 2 and (crossentropy or _ending(model) in ("softmax", "sigmoid", "step"))


def _ending(model):
    """The name of the activation that makes the answer; where the outputs are logits, of that which the loss puts behind."""
    if getattr(model.loss, "from_logits", False):
        return "softmax" if model.output_shape[-1] > 1 else "sigmoid"
    last = model.layers[-1]
    return getattr(getattr(last, "activation", None), "name", type(last).__name__.lower())


def shares(model, outputs):
    """The share of each class (B, C), where the model's outputs tell classes apart; None for numbers."""
    if not is_classifier(model):
        return None
    (outputs,) = flatten(outputs)  # a dictionary, where the model's output is one
    if getattr(model.loss, "from_logits", False):
        outputs = activations.get(_ending(model))(outputs)
    return np.concatenate([1 - outputs, outputs], axis=1) if outputs.shape[1] == 1 else outputs


def class_names(model, count):
    """The names of the model's classes, `count` numbers where it has none."""
    from glassnet.cli import data

    names = getattr(model.preprocessing, "class_names", None)
    if names is None and data.is_named(model.name) and data.is_pictures(model.name):
        names = data.picture_classes(model.name)
    return list(names) if names is not None and len(names) == count else [str(number) for number in range(count)]
