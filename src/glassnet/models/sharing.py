"""Layers that several models within one model share: written down once, and one layer again when they are read."""

from glassnet.layers.layer import layers


def with_shared(model, config):
    """The configuration of a model in which each layer that several of its parts share is described once.

    Such a layer stands in `"shared"`, parts before what is made of them, and `{"shared": name}` wherever it is used.

    >>> from glassnet import Sequential
    >>> from glassnet.layers import Dense
    >>> both = Dense(2, input_dim=2, name="both")
    >>> model = Sequential([Sequential([both], name="a"), Sequential([both], name="b")])
    >>> config = model.get_config()
    >>> [layer["config"]["name"] for layer in config["shared"]], config["layers"][1]["config"]["layers"]
    (['both'], [{'shared': 'both'}])
    >>> a, b = Sequential.from_config(config).layers
    >>> a.layers[0] is b.layers[0]
    True
    """
    every = model.every_layer()
    shared = {layer.name: layer for layer in reversed(every) if every.count(layer) > 1}
    return config if not shared else {**_referring(config, shared), "shared": _described(config, shared)}


def _described(config, shared):
    """The shared layers that a configuration describes, each with references to those before it."""
    found = []
    for name, layer in shared.items():
        if _occurs(config, name, layer):
            others = {other: part for other, part in shared.items() if other != name}
            found.append(_referring(layers.serialize(layer), others))
    return found


def _is(config, name, layer):
    """Whether a configuration is that of a layer."""
    described = isinstance(config, dict) and isinstance(config.get("config"), dict)
    return described and config.get("class_name") == layers.name_of(type(layer)) and config["config"].get("name") == name


def _occurs(config, name, layer):
    parts = config.values() if isinstance(config, dict) else config if isinstance(config, list) else ()
    return _is(config, name, layer) or any(_occurs(part, name, layer) for part in parts)


def _referring(config, shared):
    """A configuration with references in the place of shared layers."""
    if isinstance(config, list):
        return [_referring(part, shared) for part in config]
    if not isinstance(config, dict):
        return config
    found = next((name for name, layer in shared.items() if _is(config, name, layer)), None)
    return {"shared": found} if found else {key: _referring(part, shared) for key, part in config.items()}


def shared_resolved(config):
    """A configuration with the shared layers themselves in the place of references. Raises `ValueError` for one to nothing."""
    if not isinstance(config, dict) or not config.get("shared"):
        return config
    made = {}
    for described in config["shared"]:
        layer = layers.deserialize(_resolved(described, made))
        made[layer.name] = layer
    return {key: _resolved(part, made) for key, part in config.items() if key != "shared"}


def _resolved(config, made):
    if isinstance(config, list):
        return [_resolved(part, made) for part in config]
    if not isinstance(config, dict):
        return config
    if config.keys() != {"shared"} or isinstance(config["shared"], list):
        return {key: _resolved(part, made) for key, part in config.items()}
    if config["shared"] not in made:
        raise ValueError(f"Expected one of the shared layers {', '.join(made) or 'none'}. Received: {config['shared']!r}.")
    return made[config["shared"]]
