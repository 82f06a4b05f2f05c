"""A network as lines of Python that build it anew: a stack as a list of layers, a graph with a line for each call of a layer."""

import builtins
import keyword
import re
from collections import Counter

from glassnet import layers
from glassnet.inspect.configured_call import MODULES, Variable, expression, layer_lines
from glassnet.layers.keras_tensor import KerasTensor
from glassnet.layers.structure import flatten
from glassnet.models import Functional

TAKEN = re.compile("model|found|same|file|sys|np|hashlib|datasets|preprocessing|(x|y|sample_weight)\\d*(_.*)?")
"""Variables that the rest of a script has."""


class NetworkScript:
    """The lines of Python that build a network.

    Arguments:
        model: A `Sequential` or `Functional` model, whose configuration holds the seeds of its initializers.

    Attributes: `lines`, which assign the variable `model`; those of models in it come first, and what several of these share is
    a variable, too.

    Raises `ValueError` for layers whose class no program can import.

    >>> left, right = layers.Input((2,), name="left"), layers.Input((2,), name="right")
    >>> model = Functional([left, right], layers.Add(name="sum")([left, layers.ReLU(name="relu")(right)]), name="adder")
    >>> print("\\n".join(NetworkScript(model).lines))
    left = layers.Input(name='left', shape=(2,))
    right = layers.Input(name='right', shape=(2,))
    relu = layers.ReLU(name='relu')(right)
    sum_ = layers.Add(name='sum')([left, relu])
    model = Model([left, right], sum_, name='adder')
    """

    def __init__(self, model):
        self.lines, self._variables, every = [], set(), model.every_layer()
        self._shared = {layer.name: None for layer in every if every.count(layer) > 1}  # names of layers, then their variables
        self._add(model, "model")

    def added(self, layer):
        """The lines that put a layer behind those of the variable `model`."""
        before = len(self.lines)
        described = self._described(layer)
        return [*self.lines[before:], *layer_lines(described, "model.add(", ")")]

    def _add(self, model, variable):
        """Adds the lines that assign a model to a variable."""
        self._add_graph(model, variable) if isinstance(model, Functional) else self._add_stack(model, variable)

    def _add_stack(self, model, variable):
        stack = [line for layer in model._layers for line in layer_lines(self._described(layer), end=",")]
        self.lines += [f"{variable} = Sequential(", "    ["]
        self.lines += [f"        {line}" for line in stack]
        self.lines += ["    ],", f"    name={model.name!r},", ")"]
        if model._layers[0] is model.layers[0]:  # no Input layer
            self.lines.append(f"{variable}.build({(None, *model.input_shape[1:])!r})")

    def _add_graph(self, model, variable):
        tensors = {}

        def text(structure):
            return _text(structure, tensors)

        for tensor in flatten(model.inputs):
            described = self._described(tensor.layer)
            if not isinstance(described, Variable):
                described = self._assigned(tensor.layer.name, described)
            tensors[id(tensor)] = described
        calls = model._graph.calls
        counts, apart = Counter(call.layer for call in calls), {}
        for number, call in enumerate(calls):
            layer, arguments = call.layer, [text(argument) for argument in call.arguments]
            arguments = ", ".join([*arguments, *(f"{name}={text(argument)}" for name, argument in call.named.items())])
            described = apart.get(layer) or self._described(layer)
            if counts[layer] > 1 and isinstance(described, dict):
                described = self._assigned(layer.name, described)
            if isinstance(described, Variable):
                apart[layer] = described
            place = sum(other.layer is layer for other in calls[:number])
            result = self._variable(f"{layer.name}_call_{place}" if layer in apart else layer.name)
            self.lines += layer_lines(apart.get(layer, described), f"{result} = ", f"({arguments})")
            tensors.update(_parts(call.outputs, result))
        ends = model.inputs, model.outputs
        inputs, outputs = (end if isinstance(end, dict) or len(end) > 1 else end[0] for end in ends)
        outputs = outputs if model._single_output else model.outputs
        self.lines.append(f"{variable} = Model({text(inputs)}, {text(outputs)}, name={model.name!r})")

    def _described(self, layer):
        """A layer as a configuration in which models, and layers that several models share, are variables; one of these as its
        variable. Adds their lines."""
        return self._without_models(layers.serialize(layer))

    def _without_models(self, config):
        if isinstance(config, list):
            return [self._without_models(part) for part in config]
        if not isinstance(config, dict):
            return config
        name = config["config"].get("name") if isinstance(config.get("config"), dict) and "class_name" in config else None
        shared = isinstance(name, str) and name in self._shared
        if shared and self._shared[name]:
            return self._shared[name]
        if config.get("class_name") in ("Functional", "Sequential"):
            model = layers.deserialize(config)
            found = self._variable(model.name)
            self._add(model, found)
        else:
            found = {key: self._without_models(part) for key, part in config.items()}
            found = self._assigned(name, found) if shared else found
        if shared:
            self._shared[name] = found
        return found

    def _assigned(self, name, described):
        """The variable that a described layer is assigned to. Adds the lines."""
        variable = self._variable(name)
        self.lines += layer_lines(described, f"{variable} = ")
        return variable

    def _variable(self, name):
        """A new variable that is called like a layer, as far as Python allows it."""
        name = re.sub(r"\W", "_", name, flags=re.ASCII)
        name = name if re.match("[A-Za-z]", name) else f"layer_{name}"
        if keyword.iskeyword(name) or hasattr(builtins, name) or name in MODULES or TAKEN.fullmatch(name):
            name += "_"
        found, count = name, 1
        while found in self._variables:
            found, count = f"{name}_{count}", count + 1
        self._variables.add(found)
        return Variable(found)


def _text(structure, tensors):
    """A structure of tensors and other things as Python."""
    if isinstance(structure, KerasTensor):
        return tensors[id(structure)]
    if isinstance(structure, dict):
        return "{" + ", ".join(f"{key!r}: {_text(part, tensors)}" for key, part in structure.items()) + "}"
    if isinstance(structure, list | tuple):
        return f"[{', '.join(_text(part, tensors) for part in structure)}]"
    return expression(structure, "layers")


def _parts(structure, text):
    """Which part of a call's result each tensor is: `{id of the tensor: Python}`."""
    if isinstance(structure, KerasTensor):
        return {id(structure): text}
    places = structure.items() if isinstance(structure, dict) else enumerate(structure)
    return {number: found for key, part in places for number, found in _parts(part, f"{text}[{key!r}]").items()}
