"""Any graph of layers: several inputs and outputs, branches that meet again, layers that are used twice."""

from glassnet.layers.call_graph import CallGraph
from glassnet.layers.input import Input, InputLayer
from glassnet.layers.keras_tensor import KerasTensor, is_symbolic
from glassnet.layers.layer import layers
from glassnet.layers.structure import flatten, mapped
from glassnet.models.model import Model, models
from glassnet.models.sharing import shared_resolved, with_shared


@layers.add()
@models.add()
class Functional(Model):
    """The network between symbolic tensors; made by `Model(inputs, outputs)`.

    Arguments:
        inputs: Symbolic tensor, or list or dictionary of them: `Input(...)`, or tensors inside another network.
        outputs: The same, of what layers made of them.
        name: Name of the model.

    Data are given as the inputs are: an array, a list, or a dictionary. The tensors of one step are called `layer/z` and the
    like; those of the second call of a layer `layer_call_1/z`. Of several inputs each is `name/input`, and each of several
    outputs has its `name/target`, `name/loss` and metrics.

    Raises `ValueError` where the outputs do not follow from the inputs, or two layers have one name.

    >>> from glassnet import layers
    >>> left, right = layers.Input((2,), name="left"), layers.Input((3,), name="right")
    >>> both = layers.concatenate([left, right])
    >>> model = Functional([left, right], [layers.Dense(1, name="sum")(both), layers.Dense(4, name="kind")(both)])
    >>> model.input_shape, model.output_shape, model.output_names
    ([(None, 2), (None, 3)], [(None, 1), (None, 4)], ['sum', 'kind'])
    """

    def __init__(self, inputs, outputs, *, name=None):
        super().__init__(name)
        owner = f"Model '{self.name}'"
        for what, structure in (("inputs", inputs), ("outputs", outputs)):
            if not is_symbolic(structure) or not all(isinstance(tensor, KerasTensor) for tensor in flatten(structure)):
                raise ValueError(
                    f"{owner} expected {what} that are symbolic tensors, as Input(...) gives. Received: {structure!r}."
                )
        if len({id(tensor) for tensor in flatten(inputs)}) < len(flatten(inputs)):
            raise ValueError(f"{owner} expected each input once. Received: {inputs!r}.")
        self.inputs, self.outputs = (s if isinstance(s, list | dict) else list(flatten(s)) for s in (inputs, outputs))
        self._single_output = isinstance(outputs, KerasTensor)
        self._graph = CallGraph(self.inputs, self.outputs, owner)
        self._input_layers = [_input_layer(tensor) for tensor in flatten(self.inputs)]
        found = self._graph.layers
        self._layers = [*(layer for layer in self._input_layers if layer not in found), *found]  # in Keras's order
        self._check_names()
        names = self.input_names
        if len(set(names)) < len(names):
            raise ValueError(f"{owner} expected inputs with names of their own. Received: {names}.")

    built = True
    """The shapes of a graph are known from the beginning."""

    @property
    def input_names(self):
        return list(self.inputs) if isinstance(self.inputs, dict) else [layer.name for layer in self._input_layers]

    def build(self, input_shape=None):
        """Checks the shape; a graph is built while it is put together."""
        if input_shape is not None:
            self.build_for(input_shape)

    def plan_with_penalties(self, graph, x):
        """Adds the layers' operations to a graph. Returns the output tensors.

        Arguments:
            graph: `Graph`.
            x: Tensor, or structure of them, one for each input; a dictionary by the inputs' names.
        """
        given = [x[name] for name in self.input_names] if isinstance(x, dict) else flatten(x)
        if len(given) != len(self.input_names):
            raise ValueError(f"Model '{self.name}' expected {len(self.input_names)} inputs. Received: {len(given)}.")
        outputs = self._graph.plan(graph, given)
        return outputs[0] if self._single_output else outputs

    # -- configuration ---------------------------------------------------------------------------------------------------

    def get_config(self):
        """Name, layers and calls as plain data.

        Tensors are numbered: the inputs first, then what the calls give, in their order. A call is `{"layer", "arguments",
        "named"}`, where `{"tensor": 3}` stands for a tensor.
        """
        numbers = {}
        for tensor in flatten(self.inputs):
            numbers[id(tensor)] = len(numbers)
        for call in self._graph.calls:
            for tensor in flatten(call.outputs):
                numbers[id(tensor)] = len(numbers)

        def plain(thing):
            return {"tensor": numbers[id(thing)]} if isinstance(thing, KerasTensor) else thing

        config = {
            "name": self.name,
            "input_layers": [layers.serialize(layer) for layer in self._input_layers],
            "layers": [layers.serialize(layer) for layer in self.layers if not isinstance(layer, InputLayer)],
            "calls": [
                {"layer": c.layer.name, "arguments": mapped(plain, list(c.arguments)), "named": mapped(plain, c.named)}
                for c in self._graph.calls
            ],
            "inputs": mapped(plain, self.inputs),
            "outputs": mapped(plain, flatten(self.outputs)[0] if self._single_output else self.outputs),
        }
        return with_shared(self, config)

    @classmethod
    def from_config(cls, config):
        """A model with new weights from what `get_config` returned. Raises `ValueError` for anything else."""
        try:
            return cls._from_config(shared_resolved(config))
        except (KeyError, TypeError, IndexError, AttributeError) as error:
            raise ValueError(
                f"Expected the configuration of a functional model. Received one that is damaged: {error!r}."
            ) from error

    @classmethod
    def _from_config(cls, config):
        tensors = []
        for described in config["input_layers"]:
            layer = layers.deserialize(described)
            if not isinstance(layer, InputLayer):
                raise ValueError(f"Expected Input layers at the beginning of a model. Received: {type(layer).__name__}.")
            tensors.append(layer.output)
        parts = {}
        for described in config["layers"]:
            layer = layers.deserialize(described)
            parts[layer.name] = layer

        def tensor(described):
            if isinstance(described, dict) and described.keys() == {"tensor"}:
                number = described["tensor"]
                if not isinstance(number, int) or not 0 <= number < len(tensors):
                    raise ValueError(f"Expected one of the {len(tensors)} tensors made so far. Received: number {number!r}.")
                return tensors[number]
            if isinstance(described, dict):
                return {key: tensor(part) for key, part in described.items()}
            return [tensor(part) for part in described] if isinstance(described, list) else described

        for call in config["calls"]:
            if call["layer"] not in parts:
                raise ValueError(f"Expected one of the layers {', '.join(parts)}. Received: a call of {call['layer']!r}.")
            arguments = [tensor(part) for part in call["arguments"]]
            if not is_symbolic(arguments[:1]):
                raise ValueError(f"Expected a call of {call['layer']!r} on tensors. Received: {call['arguments']!r}.")
            outputs = parts[call["layer"]](*arguments, **{str(name): tensor(part) for name, part in call["named"].items()})
            tensors += flatten(outputs)
        return cls(tensor(config["inputs"]), tensor(config["outputs"]), name=config.get("name"))


def _input_layer(tensor):
    """The Input layer of a tensor; one that stands for it, where it comes from inside another network."""
    if isinstance(tensor.layer, InputLayer):
        return tensor.layer
    return Input(tensor.shape[1:], name=f"{tensor.name}_input", dtype=tensor.dtype).layer
