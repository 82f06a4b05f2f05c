"""How cures are made: the model's own configuration, changed in one place, built and compiled again."""

import copy

from glassnet import losses, metrics, optimizers
from glassnet.layers.structure import flatten

ACTIVATION_LAYERS = ("Activation", "ReLU", "LeakyReLU", "ELU", "Softmax")
"""Classes of layers that are an activation and nothing else."""


def rebuilt(model, layers=None, anew=(), loss=None, optimizer=None, **changes):
    """A new, compiled model from the configuration of another.

    Arguments:
        model: The model; it stays as it is.
        layers: Function that changes the list of the layers' configurations and returns it; None for no change.
        anew: Names of layers that begin with new weights, or None for all. The others keep theirs where the shapes fit.
        loss, optimizer: The new ones as plain data; None for the old ones.
        changes: Arguments of the optimizer that are changed, such as `learning_rate=0.1`.
    """
    config = copy.deepcopy(model.get_config())
    if layers is not None:
        before = [name_of(layer) for layer in config["layers"]]
        config["layers"] = layers(config["layers"])
        if "calls" in config:
            counts = [len(flatten(call.outputs)) for call in model._graph.calls]
            rewire(config, before, counts)
    new = type(model).from_config(config)
    new.preprocessing, new.seed = model.preprocessing, model.seed
    kept = {variable.path: variable.value for variable in model.weights}
    for variable in new.weights:
        owner = variable.path.partition("/")[0]
        fits = variable.path in kept and kept[variable.path].shape == variable.shape
        # What layers keep without training it, such as a Normalization's mean, was measured and is kept in any case.
        if fits and (not variable.is_parameter or (anew is not None and owner not in anew)):
            variable.assign(kept[variable.path])
    # Through objects, not through plain data: a learning rate may be a function of the user, which the cured model shares.
    old = model.optimizer if optimizer is None else optimizers.deserialize(optimizer)
    new.compile(
        optimizer=type(old).from_config({**old.get_config(), **changes}),
        loss=losses.deserialize(losses.serialize(model.loss) if loss is None else loss),
        metrics=[_copied(metric) for metric in model._metrics],
        weighted_metrics=[_copied(metric) for metric in model._weighted_metrics],
    )
    return new


def rewire(config, before, counts):
    """Puts a functional model's new layers between the others, as their list says, and goes past those that it has no longer.

    A new layer reads what the layer after it in the list used to read, and every later layer reads the new one instead.

    Arguments:
        config: What `get_config` returned, with another list of layers; its calls and outputs are changed.
        before: The names that the list had.
        counts: How many tensors each call gives.
    """
    names = [name_of(layer) for layer in config["layers"]]
    added = {after: name for name, after in zip(names, names[1:], strict=False) if name not in before}
    calls, old = [], len(config["input_layers"])
    made, number = old, {tensor: tensor for tensor in range(old)}

    def renumbered(part):
        if isinstance(part, dict) and part.keys() == {"tensor"}:
            return {"tensor": number[part["tensor"]]}
        if isinstance(part, dict):
            return {key: renumbered(value) for key, value in part.items()}
        return [renumbered(value) for value in part] if isinstance(part, list | tuple) else part

    for call, count in zip(config["calls"], counts, strict=True):
        read = call["arguments"][0]["tensor"] if isinstance(call["arguments"][0], dict) else None
        if call["layer"] in added:
            calls.append({"layer": added.pop(call["layer"]), "arguments": [{"tensor": number[read]}], "named": {}})
            number[read], made = made, made + 1
        if call["layer"] not in names:
            number[old] = number[read]
        else:
            calls.append({**call, "arguments": renumbered(call["arguments"]), "named": renumbered(call["named"])})
            number.update({old + k: made + k for k in range(count)})
            made += count
        old += count
    config["calls"], config["outputs"] = calls, renumbered(config["outputs"])


def _copied(metric):
    """A metric of its own for the new model; names are only names."""
    return metric if isinstance(metric, str) else metrics.deserialize(metrics.serialize(metric))


def name_of(layer):
    """The name of a layer in its configuration."""
    return layer["config"]["name"]


def new_layer(layers, class_name, name, **config):
    """The configuration of a new layer with a name that no other has, in the dtype of the others."""
    taken, base, number = {name_of(layer) for layer in layers}, name, 0
    while name in taken:
        number += 1
        name = f"{base}_{number}"
    return {"class_name": class_name, "config": {"name": name, "dtype": layers[-1]["config"]["dtype"], **config}}


def with_activation(layers, names, activation):
    """The layers, with another activation in those of these names."""
    for layer in layers:
        if name_of(layer) in names:
            if "activation" not in layer["config"]:  # a layer of one activation with arguments of its own, such as ReLU
                common = {key: layer["config"][key] for key in ("name", "trainable", "dtype")}
                layer["class_name"], layer["config"] = "Activation", common
            layer["config"]["activation"] = activation
    return layers


def with_initializer(layers, names, initializer):
    """The layers, of which those of these names begin with kernels from this initializer and biases of 0."""
    for layer in layers:
        if name_of(layer) in names:
            for key in ("kernel_initializer", "bias_initializer"):
                if key in layer["config"]:
                    chosen = initializer if key == "kernel_initializer" else "Zeros"
                    layer["config"][key] = {"class_name": chosen, "config": {}}
    return layers


def with_output(layers, activation, units=None):
    """The layers, whose last one with units has this activation and, where given, this number of units."""
    last = _last_with_units(layers)
    layers[last]["config"]["activation"] = activation
    if units is not None:
        layers[last]["config"]["units"] = units
    return layers[: last + 1] + [layer for layer in layers[last + 1 :] if layer["class_name"] not in ACTIVATION_LAYERS]


def with_scaling(layers, class_name, **config):
    """The layers, with one that scales the inputs in front."""
    first = sum(layer["class_name"] == "InputLayer" for layer in layers)
    return [*layers[:first], new_layer(layers, class_name, class_name.lower(), **config), *layers[first:]]


def with_hidden(layers, units):
    """The layers, with a hidden layer of relus before the last."""
    last = _last_with_units(layers)
    hidden = new_layer(layers, "Dense", "hidden", units=units, activation="relu")
    hidden["config"]["kernel_initializer"] = {"class_name": "HeUniform", "config": {}}
    return [*layers[:last], hidden, *layers[last:]]


def with_more_units(layers, factor, least):
    """The layers, of which the hidden ones have `factor` times as many units (or filters) and at least `least`."""
    for layer in layers[: _last_with_units(layers)]:
        for size in {"units", "filters"} & layer["config"].keys():
            layer["config"][size] = max(least, factor * layer["config"][size])
    return layers


def with_dropout(layers, rate):
    """The layers, with dropout before the last one that has units."""
    last = _last_with_units(layers)
    return [*layers[:last], new_layer(layers, "Dropout", "dropout", rate=rate), *layers[last:]]


def with_weight_penalty(layers, l2):
    """The layers, with a penalty on the squares of all kernels."""
    for layer in layers:
        if "kernel_regularizer" in layer["config"]:
            layer["config"]["kernel_regularizer"] = {"class_name": "L2", "config": {"l2": l2}}
    return layers


def _last_with_units(layers):
    found = [number for number, layer in enumerate(layers) if "units" in layer["config"]]
    if not found:
        raise ValueError(
            "Expected a network with a layer that has units, such as Dense. Received: "
            f"{', '.join(map(name_of, layers))}. "
            "Make the change by hand."
        )
    return found[-1]
