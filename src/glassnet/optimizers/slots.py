"""The numbers that an optimizer keeps for each parameter, in one flat array."""

import numpy as np

from glassnet.engine.layout import Layout, Vector
from glassnet.engine.variable import Variable


class Slots:
    """Slot s of parameter i lies at `s * size + i`; single numbers follow at the end.

    Arguments:
        trained: Variables of one dtype; their elements, one variable behind the other, are the parameters 0 to `size` -
            1.
        groups: `[{slot: first value}]`. `variables` lists the groups one after the other; within a group, each trained
            variable has all its slots together. That is Keras's order, which saved optimizers follow.
        scalars: `{name: first value}` of single numbers.
        owner: Name of the optimizer, which the paths of `variables` begin with.

    Attributes: `vector` (`Vector`, names such as `"dense/kernel/momentum"`), `starts` (slot -> s * size), `offsets`
        (where in a
    slot each variable begins), `variables` (`Variable`s that are views of the vector).

    >>> slots = Slots([Variable([1.0, 2.0], "w")], [{"momentum": 0.5}], {"product": 1.0}, "nadam")
    >>> slots.vector.array, slots.variables[0].path
    (array([0.5, 0.5, 1. ], dtype=float32), 'nadam/w_momentum')
    """

    def __init__(self, trained, groups, scalars, owner):
        dtypes = sorted({variable.dtype for variable in trained})
        if len(dtypes) != 1:
            raise ValueError(
                f"Expected variables of one dtype. Received: {', '.join(dtypes) or 'no variables'}. "
                "Give the model a layer with weights, and each dtype an optimizer of its own."
            )
        self.trained, self.owner = trained, owner
        self.offsets = np.cumsum([0, *(variable.size for variable in trained)]).tolist()
        self.size = self.offsets.pop()
        values = {slot: value for group in groups for slot, value in group.items()}
        self.starts = {slot: number * self.size for number, slot in enumerate(values)}
        self.scalars = len(values) * self.size
        paths = unique([variable.path for variable in trained])
        layout = Layout()
        for slot in values:
            for path, variable in zip(paths, trained, strict=True):
                layout.add(f"{path}/{slot}", variable.shape)
        for name in scalars:
            layout.add(name, ())
        self.vector = Vector(layout, dtypes[0])
        for slot, value in values.items():
            self.vector.array[self.starts[slot] : self.starts[slot] + self.size] = value
        for name, value in scalars.items():
            self.vector[name][...] = value
        order = [f"{path}/{slot}" for group in groups for path in paths for slot in group]
        self.variables = [self._variable(name) for name in [*order, *scalars]]

    def _variable(self, name):
        path, _, slot = name.rpartition("/")
        own = f"{path}_{slot}".strip("_").replace("/", "_")
        variable = Variable(self.vector[name].copy(), own, False, self.vector.array.dtype, f"{self.owner}/{own}")
        variable.value, variable.vector = self.vector[name], self.vector
        variable.offset = self.vector.layout.offset(name)
        return variable

    def index(self, variable):
        """Which of the trained variables it is. Raises `ValueError` if none."""
        for index, known in enumerate(self.trained):
            if known is variable:
                return index
        raise ValueError(
            f"Expected one of the {len(self.trained)} variables that the optimizer was built for. Received: "
            f"{variable.path!r} of shape {variable.shape}. Create a new optimizer for new variables."
        )

    def part(self, index):
        """Where in a slot the elements of a trained variable lie: a slice."""
        return slice(self.offsets[index], self.offsets[index] + self.trained[index].size)


def unique(paths):
    """The paths with a number behind those that were there before: variables made by hand are often called alike.

    >>> unique(["w", "b", "w"])
    ['w', 'b', 'w_1']
    """
    seen, result = {}, []
    for path in paths:
        number = seen.get(path, 0)
        seen[path] = number + 1
        result.append(path if number == 0 else f"{path}_{number}")
    return result
