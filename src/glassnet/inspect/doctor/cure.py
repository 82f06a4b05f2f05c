"""How cures are made: the model's own configuration, changed in one place, built and compiled again."""

import copy

import numpy as np

from glassnet import losses, metrics, optimizers
from glassnet.layers.structure import flatten, mapped


def rebuilt(model, layers=None, anew=(), loss=None, optimizer=None, graph=None, **changes):
    """A new, compiled model from the configuration of another.

    Arguments:
        model: The model; it stays as it is.
        layers: Function that changes the list of the layers' configurations and returns it; None for no change.
        anew: Names of layers that begin with new weights, or None for all. The others keep theirs where the shapes fit.
        loss: `(output, loss)`: an `Output` and its new loss as plain data; None for the old ones.
        optimizer: The new one as plain data; None for the old one.
        graph: Function that changes the whole configuration of a functional model; None for no change.
        changes: Arguments of the optimizer that are changed, such as `learning_rate=0.1`.
    """
    config = copy.deepcopy(model.get_config())
    if layers is not None:
        before = [name_of(layer) for layer in config["layers"]]
        config["layers"] = layers(config["layers"])
        if "calls" in config:
            counts = [len(flatten(call.outputs)) for call in model._graph.calls]
            rewire(config, before, counts)
    if graph is not None:
        graph(config)
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
        loss=_copied_losses(model, loss),
        loss_weights=model.loss_weights,
        metrics=mapped(_copied, list(model._metrics)),
        weighted_metrics=mapped(_copied, list(model._weighted_metrics)),
    )
    return new


def _copied_losses(model, changed):
    """Losses of their own for the new model, of which one may be changed, as `rebuilt` says."""
    found = [losses.deserialize(losses.serialize(loss)) for loss in model._losses]
    if changed is not None:
        found[changed[0].number] = losses.deserialize(changed[1])
    return found if isinstance(model.loss, list) else found[0]


def scaled(model, data):
    """The model with a layer that scales in front of its inputs, and new weights: bytes are divided by 255, other numbers brought
    to mean 0 and variance 1.

    Argument: `data`, `{number of an input: its examples (N, ...)}`.
    """
    added = {}

    def front(layers, number):
        bytes_given = data[number].dtype == np.uint8
        kind, arguments = ("Rescaling", {"scale": 1 / 255}) if bytes_given else ("Normalization", {})
        layer = new_layer(layers, kind, kind.lower(), **arguments)
        added[name_of(layer)] = data[number]
        return layer

    def in_stack(layers):
        first = sum(layer["class_name"] == "InputLayer" for layer in layers)
        return [*layers[:first], front(layers, 0), *layers[first:]]

    def in_graph(config):
        for number in data:
            config["layers"].append(front(config["layers"], number))
            read_through(config, number, name_of(config["layers"][-1]))

    stack = "calls" not in model.get_config()
    cured = rebuilt(model, in_stack if stack else None, anew=None, graph=None if stack else in_graph)
    for layer in cured.layers:
        if layer.name in added and hasattr(layer, "adapt"):
            layer.adapt(added[layer.name])
    return cured


def read_through(config, number, name):
    """Lets whatever reads an input of a functional model read what a layer makes of it instead.

    Arguments:
        config: Of the model; its calls and outputs are changed.
        number: Of the input.
        name: Of the layer.
    """
    inputs = len(config["input_layers"])

    def renumbered(part):
        if isinstance(part, dict) and part.keys() == {"tensor"}:
            read = part["tensor"]
            return {"tensor": inputs if read == number else read if read < inputs else read + 1}
        return mapped_once(renumbered, part)

    calls = [{**call, **{key: renumbered(call[key]) for key in ("arguments", "named")}} for call in config["calls"]]
    config["calls"] = [{"layer": name, "arguments": [{"tensor": number}], "named": {}}, *calls]
    config["outputs"] = renumbered(config["outputs"])


def mapped_once(function, part):
    """What a function makes of the parts of a list or dictionary; anything else as it is."""
    if isinstance(part, dict):
        return {key: function(value) for key, value in part.items()}
    return [function(value) for value in part] if isinstance(part, list | tuple) else part


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
        return mapped_once(renumbered, part)

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
    dtype = next(layer["config"]["dtype"] for layer in reversed(layers) if "dtype" in layer["config"])
    return {"class_name": class_name, "config": {"name": name, "dtype": dtype, **config}}


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


def with_output(layers, end, activation, units=None):
    """The layers, of which the one with units that an `Output` ends in has this activation and, where given, so many units."""
    last = layers[_first_of(layers, [end])]
    last["config"]["activation"] = activation
    if units is not None:
        last["config"]["units"] = units
    return [layer for layer in layers if name_of(layer) not in end.activations]


def with_hidden(layers, ends, units):
    """The layers, with a hidden layer of relus before the last ones."""
    last = _first_of(layers, ends)
    hidden = new_layer(layers, "Dense", "hidden", units=units, activation="relu")
    hidden["config"]["kernel_initializer"] = {"class_name": "HeUniform", "config": {}}
    return [*layers[:last], hidden, *layers[last:]]


def with_more_units(layers, ends, factor, least):
    """The layers, of which the hidden ones have `factor` times as many units (or filters) and at least `least`."""
    last = {end.weighted for end in ends}
    for layer in layers[: _first_of(layers, ends) if len(ends) == 1 else None]:
        for size in {"units", "filters"} & layer["config"].keys():
            if name_of(layer) not in last:
                layer["config"][size] = max(least, factor * layer["config"][size])
    return layers


def with_dropout(layers, ends, rate):
    """The layers, with dropout before the last ones that have units."""
    last = _first_of(layers, ends)
    return [*layers[:last], new_layer(layers, "Dropout", "dropout", rate=rate), *layers[last:]]


def with_weight_penalty(layers, l2):
    """The layers, with a penalty on the squares of all kernels."""
    for layer in layers:
        if "kernel_regularizer" in layer["config"]:
            layer["config"]["kernel_regularizer"] = {"class_name": "L2", "config": {"l2": l2}}
    return layers


def _first_of(layers, ends):
    """Where the first of the layers with units is that the outputs end in."""
    last = {end.weighted for end in ends}
    found = [number for number, layer in enumerate(layers) if name_of(layer) in last]
    if not found:
        raise ValueError(
            "Expected a network that ends in a layer with units, such as Dense. Received: "
            f"{', '.join(map(name_of, layers))}. "
            "Make the change by hand."
        )
    return found[0]
