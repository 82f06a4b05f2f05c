"""Signatures: the arguments of Keras's public classes, methods and functions with their defaults; aliases of names."""

import inspect

import keras
from keras.src import activations, initializers, losses, metrics, optimizers, regularizers
from keras.src.layers import Layer
from keras.src.metrics.metric import Metric

CALLBACKS = (
    "Callback", "CSVLogger", "EarlyStopping", "History", "LambdaCallback", "LearningRateScheduler", "ModelCheckpoint",
    "ProgbarLogger", "ReduceLROnPlateau", "TerminateOnNaN",
)  # fmt: skip
LAYERS = tuple(
    name for name, entry in vars(keras.layers).items() if inspect.isclass(entry) and issubclass(entry, Layer)
) + ("Input",)
SCHEDULES = (
    "CosineDecay", "CosineDecayRestarts", "ExponentialDecay", "InverseTimeDecay", "LearningRateSchedule",
    "PiecewiseConstantDecay", "PolynomialDecay",
)  # fmt: skip
OTHERS = {
    "keras.models.load_model": keras.models.load_model,
    "keras.saving.load_model": keras.saving.load_model,
    "keras.utils.set_random_seed": keras.utils.set_random_seed,
    "keras.utils.to_categorical": keras.utils.to_categorical,
    "keras.utils.normalize": keras.utils.normalize,
    "keras.Variable": keras.Variable,
    "keras.Model": keras.Model,
    "keras.Sequential": keras.Sequential,
    "keras.datasets.mnist.load_data": keras.datasets.mnist.load_data,
    "keras.datasets.fashion_mnist.load_data": keras.datasets.fashion_mnist.load_data,
    "keras.callbacks.CallbackList": keras.callbacks.CallbackList,
}
METHODS = {
    keras.Sequential: (
        "add", "pop", "compile", "fit", "evaluate", "predict", "train_on_batch", "test_on_batch", "predict_on_batch",
        "summary", "save", "save_weights", "load_weights", "get_weights", "set_weights", "get_layer", "get_config",
        "from_config", "count_params", "build", "__call__", "compute_output_shape", "to_json", "reset_metrics",
        "get_metrics_result",
    ),
    Layer: (
        "__call__", "build", "call", "get_weights", "set_weights", "get_config", "from_config", "count_params",
        "add_weight", "compute_output_shape",
    ),
    keras.layers.Normalization: ("adapt",),
    keras.losses.Loss: ("__call__", "call", "get_config", "from_config"),
    Metric: ("update_state", "result", "reset_state", "add_variable", "get_config", "from_config", "__call__"),
    keras.optimizers.Optimizer: (
        "apply_gradients", "apply", "build", "update_step", "get_config", "from_config", "set_weights",
        "exclude_from_weight_decay", "finalize_variable_values",
    ),
    keras.optimizers.schedules.LearningRateSchedule: ("__call__", "get_config", "from_config"),
    keras.initializers.Initializer: ("__call__", "get_config", "from_config"),
    keras.regularizers.Regularizer: ("__call__", "get_config", "from_config"),
    keras.Variable: ("assign", "assign_add", "assign_sub", "numpy"),
    keras.callbacks.Callback: tuple(name for name in dir(keras.callbacks.Callback) if name.startswith(("on_", "set_"))),
}  # fmt: skip
KINDS = {
    "activations": activations, "losses": losses, "metrics": metrics, "optimizers": optimizers,
    "initializers": initializers, "regularizers": regularizers,
}  # fmt: skip


def record():
    return {"cases": {**classes_and_functions(), **methods()}, "aliases": aliases(), "public": public_names()}


def classes_and_functions():
    cases = {}
    for kind in KINDS:
        module = getattr(keras, kind)
        for name in sorted(vars(module)):
            entry = getattr(module, name)
            if not name.startswith("_") and callable(entry):
                cases[f"keras.{kind}.{name}"] = signature(entry)
    for kind, module, names in (
        ("callbacks", keras.callbacks, CALLBACKS),
        ("layers", keras.layers, LAYERS),
        ("optimizers.schedules", keras.optimizers.schedules, SCHEDULES),
    ):
        for name in names:
            cases[f"keras.{kind}.{name}"] = signature(getattr(module, name))
    for name, entry in OTHERS.items():
        cases[name] = signature(entry)
    return cases


def methods():
    cases = {}
    for owner, names in METHODS.items():
        for name in names:
            cases[f"{owner.__name__}.{name}"] = signature(inspect.getattr_static(owner, name), drop_first=True)
    return cases


def signature(entry, drop_first=False):
    """A list with, for each argument, its `name`, its `default` if it has one, its `kind` if not the usual one."""
    if isinstance(entry, classmethod):
        entry = entry.__func__
    # A layer's class takes part in the making of its instances, so the signature is the constructor's.
    parameters = list(inspect.signature(entry.__init__ if inspect.isclass(entry) else entry).parameters.values())
    if drop_first or inspect.isclass(entry):
        parameters = parameters[1:]
    return [_argument(parameter) for parameter in parameters]


def _argument(parameter):
    entry = {"name": parameter.name}
    if parameter.default is not parameter.empty:
        entry["default"] = _default(parameter.default)
    if parameter.kind is not parameter.POSITIONAL_OR_KEYWORD:
        entry["kind"] = parameter.kind.name.lower()
    return entry


def _default(value):
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, list | tuple):
        return [_default(entry) for entry in value]
    return {"not_json": f"{type(value).__name__} {getattr(value, '__name__', '')}".strip()}


def aliases():
    """`{kind: {name that keras.<kind>.get takes: what it names}}`, classes and functions by their own names."""
    return {
        kind: {name: entry.__name__ for name, entry in sorted(module.ALL_OBJECTS_DICT.items())} for kind, module in KINDS.items()
    }


def public_names():
    """The public names of each module in scope."""
    return {
        kind: [name for name in sorted(vars(getattr(keras, kind))) if not name.startswith("_")]
        for kind in (*KINDS, "callbacks", "layers", "models", "utils")
    }
