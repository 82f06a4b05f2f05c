"""Structures of inputs and outputs as Keras takes them: one thing, a list or tuple, or a dictionary, of things."""


def flatten(structure):
    """The things in a structure, in order.

    >>> flatten([1, {"a": 2, "b": (3, 4)}])
    [1, 2, 3, 4]
    """
    if isinstance(structure, dict):
        structure = list(structure.values())
    if not isinstance(structure, list | tuple):
        return [structure]
    return [thing for part in structure for thing in flatten(part)]


def mapped(function, structure):
    """The structure of what a function makes of each thing in another one.

    >>> mapped(str, [1, {"a": 2}])
    ['1', {'a': '2'}]
    """
    if isinstance(structure, dict):
        return {key: mapped(function, part) for key, part in structure.items()}
    if isinstance(structure, list | tuple):
        return type(structure)(mapped(function, part) for part in structure)
    return function(structure)


def refilled(structure, things):
    """A structure with other things in it, given in order.

    >>> refilled({"a": 1, "b": [2, 3]}, "xyz")
    {'a': 'x', 'b': ['y', 'z']}
    """
    supply = iter(things)
    return mapped(lambda _: next(supply), structure)
