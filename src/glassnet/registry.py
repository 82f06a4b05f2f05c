"""Objects that can be named, configured and rebuilt: one registry for each kind (layers, losses, optimizers, ...)."""

import contextlib
import contextvars
import inspect
import re

_nameless = contextvars.ContextVar("nameless", default=False)


@contextlib.contextmanager
def nameless_classes():
    """Context in which a class that has no name stands in a configuration itself: for a copy in this process, not for a file."""
    token = _nameless.set(True)
    try:
        yield
    finally:
        _nameless.reset(token)


def snake_case(name):
    """`MeanSquaredError` -> `mean_squared_error`, `SGD` -> `sgd`.

    >>> snake_case("LeakyReLU"), snake_case("GlorotUniform")
    ('leaky_re_lu', 'glorot_uniform')
    """
    name = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


class Registry:
    """The classes of one kind by name, and the way from a name or a configuration to an object and back.

    Arguments:
        kind: What an entry is called in error messages, such as `"initializer"`.
    """

    def __init__(self, kind):
        self.kind = kind
        self.classes = {}

    def add(self, *aliases):
        """Class decorator: enters a class under its own name, its snake_case name and `aliases`."""

        def enter(cls):
            for name in (cls.__name__, snake_case(cls.__name__), *aliases):
                self.classes[name] = cls
            return cls

        return enter

    def find(self, name):
        """The class entered as `name`; a class is itself. Raises `ValueError` that lists what there is."""
        if inspect.isclass(name):
            return name
        if not isinstance(name, str) or name not in self.classes:
            known = ", ".join(sorted({n for n in self.classes if n == n.lower()}))
            raise ValueError(f"Expected the name of one of the {self.kind}s: {known}. Received: {name!r}.")
        return self.classes[name]

    def get(self, identifier):
        """An object of this kind from None, a name, a `{"class_name", "config"}` dictionary, a class or an object."""
        if identifier is None:
            return None
        if isinstance(identifier, dict):
            return self.deserialize(identifier)
        if isinstance(identifier, str):
            return self.find(identifier)()
        if inspect.isclass(identifier):
            return identifier()
        if callable(identifier) or hasattr(identifier, "get_config"):
            return identifier
        raise ValueError(f"Expected the name, the configuration or an object of a {self.kind}. Received: {identifier!r}.")

    def serialize(self, thing):
        """`{"class_name", "config"}`: plain data that JSON can hold and `deserialize` turns back."""
        if thing is None:
            return None
        if not hasattr(thing, "get_config"):
            raise ValueError(
                f"Cannot save the {self.kind} {thing!r}: it has no get_config(). Use one of glassnet's own, "
                "or a class with get_config()."
            )
        return {"class_name": self.name_of(type(thing)), "config": thing.get_config()}

    def name_of(self, cls):
        """The name by which a class is found again. Raises `ValueError` for one that is not entered; see `nameless_classes`."""
        names = [name for name, entered in self.classes.items() if entered is cls]
        if not names and _nameless.get():
            return cls
        if not names:
            raise ValueError(
                f"Cannot save the {self.kind} class {cls.__name__}: it is not glassnet's own. Decorate it by "
                "@glassnet.saving.register_keras_serializable(), so that a file can name it."
            )
        return names[0]

    def deserialize(self, config):
        """The object that `serialize` described; an object stays as it is. Raises `ValueError` for an unknown class or unfit
        configuration."""
        if config is None or type(config) in self.classes.values():
            return config
        if not isinstance(config, dict) or "class_name" not in config:
            raise ValueError(f"Expected a dictionary with 'class_name' and 'config' for a {self.kind}. Received: {config!r}.")
        return self.find(config["class_name"]).from_config(config.get("config", {}))


class Configurable:
    """What `get_config` describes, `from_config` rebuilds."""

    def get_config(self):
        """The arguments of `__init__` as plain data."""
        return {}

    @classmethod
    def from_config(cls, config):
        """An object built from what `get_config` returned."""
        try:
            return cls(**config)
        except TypeError as error:
            raise ValueError(f"{cls.__name__} cannot be built from the configuration {config!r}: {error}.") from error

    def __repr__(self):
        arguments = ", ".join(f"{key}={value!r}" for key, value in self.get_config().items())
        return f"{type(self).__name__}({arguments})"
