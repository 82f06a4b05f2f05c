"""Operations of one's own: a forward and a backward function on arrays, made into kernels."""

from numba.np.unsafe.ndarray import to_fixed_tuple

from glassnet.engine.cache import fingerprint
from glassnet.engine.graph import Operation
from glassnet.engine.kernel import ADD, BATCH, COLUMNS, CONSTS, compiled, inline, tensor, vector
from glassnet.engine.kernels.constants import constants_reader


def _reader(ranks, batched):
    """The function `(array, row, B, at, shape_at)` that gives a tuple of views of tensors of these ranks.

    Their offsets stand in the row from column `at` on, their shapes, one behind the other, from `shape_at` on.
    """
    if not ranks:
        return inline(lambda array, row, B, at, shape_at: ())
    rank, rest = ranks[0], _reader(ranks[1:], batched)
    if batched and rank:
        first = inline(lambda row, B, at: (B,) + to_fixed_tuple(vector(row, at, rank), rank))  # noqa: RUF005 - Numba's way
    elif batched:
        first = inline(lambda row, B, at: (B,))
    else:
        first = inline(lambda row, B, at: to_fixed_tuple(vector(row, at, rank), rank))

    def read(array, row, B, at, shape_at):
        view = tensor(array, row[at], first(row, B, shape_at))
        return (view,) + rest(array, row, B, at + 1, shape_at + rank)  # noqa: RUF005 - as above

    return inline(read)


def custom(name, forward, backward, inputs, variables, outputs, constants):
    """The engine's `Operation` of two functions, for tensors of some ranks.

    Arguments:
        name: Of the operation.
        forward: Function of inputs, variables, outputs and constants, one argument for each: it writes the outputs.
        backward: Function of inputs, variables, outputs, derivatives by the outputs, by the inputs, by the variables, and
            constants: it adds to the derivatives by inputs and variables. None for an operation without a derivative.
        inputs, variables, outputs: How many axes each has, without the batch's; a variable has none more.
        constants: How many numbers there are.

    Row: offsets as usual; sizes: the shapes of inputs, variables and outputs, one behind the other.
    """
    ids = [fingerprint(function) for function in (forward, backward) if function is not None]
    shape = "_".join("".join(map(str, ranks)) or "-" for ranks in (inputs, variables, outputs)) + f"_{constants}"
    kept = None not in ids
    label = f"{name}_{shape}_{'_'.join(f'{number:08x}' for number in ids)}" if kept else name
    forward, backward = inline(forward), None if backward is None else inline(backward)
    read_inputs, read_outputs = _reader(inputs, True), _reader(outputs, True)
    read_variables, read_constants = _reader(variables, False), constants_reader(constants)
    n, o, v = len(inputs), len(outputs), len(variables)
    at_outputs, at_variables = COLUMNS + n, COLUMNS + n + o
    shapes = COLUMNS + n + o + v
    variable_shapes, output_shapes = shapes + sum(inputs), shapes + sum(inputs) + sum(variables)
    modes = output_shapes + sum(outputs)

    def run_forward(row, run, m):
        B = run[BATCH]
        x, w = read_inputs(m.acts, row, B, COLUMNS, shapes), read_variables(m.params, row, B, at_variables, variable_shapes)
        y = read_outputs(m.acts, row, B, at_outputs, output_shapes)
        forward(*(x + w + y + read_constants(m.consts, row[CONSTS])))

    if backward is None:
        return Operation(name, compiled(run_forward, f"{__name__}.{label}.forward", kept))
    clear_inputs, clear_variables = _clearer(n), _clearer(v)

    def run_backward(row, run, m):
        B = run[BATCH]
        x, w = read_inputs(m.acts, row, B, COLUMNS, shapes), read_variables(m.params, row, B, at_variables, variable_shapes)
        y = read_outputs(m.acts, row, B, at_outputs, output_shapes)
        dy = read_outputs(m.act_grads, row, B, at_outputs, output_shapes)
        dx = read_inputs(m.act_grads, row, B, COLUMNS, shapes)
        dw = read_variables(m.grads, row, B, at_variables, variable_shapes)
        clear_inputs(row, dx, modes)
        clear_variables(row, dw, modes + n)
        backward(*(x + w + y + dy + dx + dw + read_constants(m.consts, row[CONSTS])))

    return Operation(
        name,
        compiled(run_forward, f"{__name__}.{label}.forward", kept),
        compiled(run_backward, f"{__name__}.{label}.backward", kept),
    )


def _clearer(count):
    """The function `(row, arrays, at)` that sets to 0 those of so many arrays that are not to be added to."""
    if not count:
        return inline(lambda row, arrays, at: None)
    rest = _clearer(count - 1)

    def clear(row, arrays, at):
        if row[at] != ADD:
            arrays[0][...] = 0
        rest(row, arrays[1:], at + 1)

    return inline(clear)
