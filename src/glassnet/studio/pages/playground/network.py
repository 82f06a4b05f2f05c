"""The playground's network: from what is set up to a model, and back."""

from dataclasses import replace

from glassnet import initializers, layers, optimizers, regularizers
from glassnet.models import Sequential
from glassnet.studio.pages.playground.setting import ACTIVATIONS, INITIALIZERS, MOST_LAYERS, MOST_UNITS, OPTIMIZERS

LOSSES = {"squared": "mean_squared_error", "absolute": "mean_absolute_error", "huber": "huber"}


def make_model(setting, points):
    """The compiled `Sequential` of a setting for `Points`: the same one, to the bit, each time.

    The output is a sigmoid for two classes, softmax for more, and linear for heights.
    """
    stack = [layers.Input((len(setting.features),), name="features")]
    penalty = regularizers.L1L2(setting.l1, setting.l2) if setting.l1 or setting.l2 else None
    for number, (units, activation) in enumerate(setting.hidden, 1):
        stack.append(_dense(setting, number, units, activation, penalty, f"hidden_{number}"))
        if setting.dropout:
            stack.append(layers.Dropout(setting.dropout, seed=setting.seed + 1000 * number, name=f"dropout_{number}"))
    units, activation = {0: (1, None), 2: (1, "sigmoid")}.get(points.classes, (points.classes, "softmax"))
    stack.append(_dense(setting, 0, units, activation, penalty, "output"))
    model = Sequential(stack, name="playground")
    model.seed, model.preprocessing = setting.seed, points.features
    compile_model(model, setting, points.classes)
    return model


def _dense(setting, number, units, activation, penalty, name):
    kind = getattr(initializers, setting.initializer)
    start = kind() if setting.initializer == "Zeros" else kind(seed=10 * setting.seed + number)
    return layers.Dense(units, activation=activation, kernel_initializer=start, kernel_regularizer=penalty, name=name)


def compile_model(model, setting, classes):
    """Gives a model the setting's optimizer and loss."""
    crossentropy = "binary_crossentropy" if classes == 2 else "sparse_categorical_crossentropy"
    loss = LOSSES.get(setting.loss, crossentropy)
    model.compile(make_optimizer(setting), loss, metrics=["accuracy"] if classes else None)


def make_optimizer(setting):
    """The optimizer of a setting."""
    if setting.optimizer in ("Momentum", "Nesterov"):
        return optimizers.SGD(setting.rate, momentum=0.9, nesterov=setting.optimizer == "Nesterov")
    return getattr(optimizers, setting.optimizer)(learning_rate=setting.rate)


def one_hot(model, classes):
    """Whether the model's loss wants a row for each label."""
    return classes > 2 and not type(model.loss).__name__.startswith("Sparse")


def denses(model):
    """The model's layers with neurons, in order."""
    return [layer for layer in model.layers if isinstance(layer, layers.Dense)]


PASSING = (layers.Dense, layers.Dropout, layers.GaussianNoise, layers.Rescaling, layers.Normalization)


def fits(model, inputs):
    """Whether the playground can show a model: a stack of Dense layers (and such as change no shape) on so many inputs."""
    if not isinstance(model, Sequential) or not model.built or tuple(model.input_shape[1:]) != (inputs,):
        return False
    stack = denses(model)
    sizes = [layer.units for layer in stack]
    known = all(isinstance(layer, PASSING) for layer in model.layers)
    return known and 1 <= len(stack) <= MOST_LAYERS + 1 and max(sizes) <= MOST_UNITS and sizes[-1] <= 8


def setting_of(model, setting):
    """The setting, as far as it describes a model from elsewhere: its hidden layers, optimizer, penalties and dropout."""
    hidden = []
    for layer in denses(model)[:-1]:
        name = layer.activation.name
        hidden.append((layer.units, name if name in ACTIVATIONS else "linear"))
    changes = {"hidden": tuple(hidden)}
    optimizer = model.optimizer
    if optimizer is not None:
        kind = type(optimizer).__name__
        if kind == "SGD" and optimizer.get_config().get("momentum"):
            kind = "Nesterov" if optimizer.get_config().get("nesterov") else "Momentum"
        if kind in OPTIMIZERS:
            changes["optimizer"] = kind
        changes["rate"] = float(optimizer.learning_rate)
    start = type(denses(model)[0].kernel_initializer).__name__
    if start in INITIALIZERS:
        changes["initializer"] = start
    penalty = denses(model)[0].kernel_regularizer
    if penalty is not None:
        changes |= {name: float(penalty.get_config().get(name, 0)) for name in ("l1", "l2")}
    rates = [layer.rate for layer in model.layers if isinstance(layer, layers.Dropout)]
    changes["dropout"] = float(rates[0]) if rates else 0.0
    return replace(setting, **changes)
