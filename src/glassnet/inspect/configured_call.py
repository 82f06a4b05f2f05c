"""A configuration as the Python that makes the object: `layers.Dense(units=3, activation='relu')`."""

import inspect

from glassnet import activations, initializers, layers, losses, metrics, optimizers, regularizers, schedules
from glassnet.registry import snake_case
from glassnet.saving import importable_class

MODULES = {
    "activations": activations,
    "initializers": initializers,
    "regularizers": regularizers,
    "schedules": schedules,
    "losses": losses,
    "metrics": metrics,
    "optimizers": optimizers,
    "layers": layers,
}
WIDTH = 100
"""Characters in a line of a script, at most where it can be broken."""


class Variable(str):
    """What a script has assigned to a variable, as a part of a configuration."""

    __slots__ = ()
    __repr__ = str.__str__


def expression(config, module):
    """A `{"class_name", "config"}` as the call that makes the object; a name, None, or a list of these as it is written.

    Arguments:
        config: Configuration, name, `Variable`, None, or a list of them.
        module: Where the class is: a key of `MODULES`.

    A class of one's own is called by its name alone, to be imported. Raises `ValueError` for one that no program can import.

    >>> expression(layers.serialize(layers.Dropout(0.5, name="drop", seed=1)), "layers")
    "layers.Dropout(name='drop', rate=0.5, seed=1)"
    >>> expression([None, "mse"], "losses")
    "[None, 'mse']"
    """
    if isinstance(config, list):
        return f"[{', '.join(expression(part, module) for part in config)}]"
    if not isinstance(config, dict):
        return repr(config)
    name, arguments = _call(config, module)
    return f"{name}({', '.join(arguments)})"


def layer_lines(config, begin="", end=""):
    """A layer as one line between a beginning and an end; as several where it is long."""
    line = f"{begin}{expression(config, 'layers')}{end}"
    if len(line) <= WIDTH or not isinstance(config, dict):
        return [line]
    name, arguments = _call(config, "layers")
    return [f"{begin}{name}(", *(f"    {argument}," for argument in arguments), f"){end}"]


def _call(config, module):
    """The function to call and its arguments; what is as by default is left out."""
    cls, settings = getattr(MODULES[module], config["class_name"], None), config["config"]
    cls, place = (cls, f"{module}.") if cls else (importable_class(config["class_name"]), "")
    if cls is None:
        raise ValueError(
            f"Expected classes of glassnet, or of a module. Received: {config['class_name']!r}, which a script cannot import. "
            "Move the class to a module of its own."
        )
    if cls is layers.InputLayer:
        settings, cls = {**settings, "shape": tuple(settings["shape"])}, layers.Input
        settings.pop("trainable")
    arguments = [f"{name}={_value(value)}" for name, value in settings.items() if not _is_default(cls, name, value)]
    return f"{place}{cls.__name__}", arguments


def own_classes(config):
    """The classes of one's own that a configuration names."""
    parts = config.values() if isinstance(config, dict) else config if isinstance(config, list) else ()
    name = config.get("class_name") if isinstance(config, dict) else None
    found = importable_class(name) if isinstance(name, str) and ">" in name else None
    return {*([found] if found else []), *(cls for part in parts for cls in own_classes(part))}


def _value(value):
    if isinstance(value, dict) and "class_name" in value:
        return expression(value, next((name for name, m in MODULES.items() if hasattr(m, value["class_name"])), "layers"))
    return repr(value)


def _is_default(cls, name, value):
    if (name, value) in (("dtype", "float32"), ("activation", "linear")):
        return True
    for made in [base.__init__ for base in cls.__mro__] if inspect.isclass(cls) else [cls]:
        parameter = inspect.signature(made).parameters.get(name)
        if parameter is not None:
            default = parameter.default
            if isinstance(default, str) and isinstance(value, dict):  # "zeros", whose configuration is empty
                return value == {"class_name": value["class_name"], "config": {}} and snake_case(value["class_name"]) == default
            return type(default) is type(value) and default == value
    return False
