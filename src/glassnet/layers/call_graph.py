"""Layers called on each other's outputs: which calls lead from some symbolic tensors to others, and in what order."""

from dataclasses import dataclass

from glassnet.layers.keras_tensor import KerasTensor
from glassnet.layers.structure import flatten, mapped


@dataclass(frozen=True, eq=False)
class Place:
    """A place in a network where a layer is called, or where an input comes in.

    Arguments:
        name: The layer's; that of its second call is `dense_call_1`, as its tensors are called.
        layer: The layer; None where a network begins without an Input layer.
        shapes: Of its outputs, with the batch axis.
        sources: Names of the places whose outputs it reads, each once.
    """

    name: str
    layer: object
    shapes: list
    sources: list


class CallGraph:
    """The calls between inputs and outputs.

    Arguments:
        inputs, outputs: Structures of `KerasTensor`s.
        owner: What the network is, for error messages, such as `"Model 'digits'"`.

    Attributes: `calls`, in the order in which they were made.

    Raises `ValueError` where the outputs need more than the inputs.
    """

    def __init__(self, inputs, outputs, owner):
        self.inputs, self.outputs, self.owner = inputs, outputs, owner
        self._starts = {id(tensor) for tensor in flatten(inputs)}
        found, waiting = {}, [tensor for tensor in flatten(outputs) if id(tensor) not in self._starts]
        while waiting:
            tensor = waiting.pop()
            if tensor.call is None or not tensor.call.inputs:
                raise ValueError(
                    f"{owner} expected outputs that follow from its inputs {[t.name for t in flatten(inputs)]}. "
                    f"Received: outputs that need '{tensor.name}', too. Give it among the inputs."
                )
            if tensor.call.number not in found:
                found[tensor.call.number] = tensor.call
                waiting += [t for t in tensor.call.inputs if id(t) not in self._starts]
        self.calls = [found[number] for number in sorted(found)]

    def plan(self, graph, inputs):
        """Adds the operations of all calls to a graph.

        Arguments:
            graph: `Graph`.
            inputs: Its tensors, one for each of the inputs.

        Returns: the structure of outputs, of the graph's tensors.
        """
        tensors = {id(symbolic): tensor for symbolic, tensor in zip(flatten(self.inputs), flatten(inputs), strict=True)}

        def tensor_of(thing):
            return tensors[id(thing)] if isinstance(thing, KerasTensor) else thing

        for call in self.calls:
            outputs = call.layer.plan_with_penalties(graph, *mapped(tensor_of, call.arguments), **mapped(tensor_of, call.named))
            pairs = zip(flatten(call.outputs), flatten(outputs), strict=True)
            tensors.update((id(symbolic), tensor) for symbolic, tensor in pairs)
        return mapped(tensor_of, self.outputs)

    @property
    def layers(self):
        """The layers, each once, in Keras's order: by how many calls come behind them, most first, then by how a walk from the
        outputs finds them. Weights in this order are Keras's."""
        order, finished = {}, []
        for output in flatten(self.outputs):
            self._walk(output, order, finished)
        depths, depth_of = {}, {}
        for call in reversed(finished):
            depth = max(depths.get(call, 0), depth_of.get(call.layer, 0))
            depths[call] = depth_of[call.layer] = depth
            for tensor in self._sources(call):
                depths[tensor.call] = max(depth + 1, depths.get(tensor.call, 0))
        return sorted(depth_of, key=lambda layer: (-depth_of[layer], order[layer]))

    @property
    def places(self):
        """The inputs, then every call in order, as a list of `Place`."""
        made, places, called = {}, [], {}
        for tensor in flatten(self.inputs):
            inner = tensor.call is not None and tensor.call.inputs  # a tensor from inside another network
            name = f"{tensor.name}_input" if inner else tensor.name
            made[id(tensor)] = name
            places.append(Place(name, None if inner else tensor.layer, [tensor.shape], []))
        for call in self.calls:
            number = called.get(call.layer, 0)
            called[call.layer] = number + 1
            name = f"{call.layer.name}_call_{number}" if number else call.layer.name
            sources = list(dict.fromkeys(made[id(tensor)] for tensor in call.inputs))
            places.append(Place(name, call.layer, [tensor.shape for tensor in flatten(call.outputs)], sources))
            made.update((id(tensor), name) for tensor in flatten(call.outputs))
        return places

    def _sources(self, call):
        inside = [tensor for tensor in call.inputs if tensor.call is not None]
        return [t for t in inside if id(t) not in self._starts or not t.call.inputs]

    def _walk(self, output, order, finished):
        """Adds the calls that an output needs to `finished`, each behind those it needs itself."""
        seen, waiting = set(finished), [(output.call, False)]
        while waiting:
            call, done = waiting.pop()
            if done:
                finished.append(call)
            elif call is not None and call not in seen:
                seen.add(call)
                order.setdefault(call.layer, len(order))
                waiting.append((call, True))
                waiting += [(tensor.call, False) for tensor in reversed(self._sources(call))]
