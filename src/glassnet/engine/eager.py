"""Running a graph once on arrays: what `layer(x)`, `loss(y_true, y_pred)` and the like do, with the operations of the loop."""

from glassnet.engine.program import Program
from glassnet.engine.variable import vector_of


def run(graph, feeds, dtype, phases=("forward",), training=False, backward=False, input_gradients=(), step=0):
    """Runs the calls of `phases` once on `feeds` and returns the `Program`, whose memory then holds every number.

    Arguments:
        graph: `Graph`.
        feeds: `{tensor name: array (B, ...)}`.
        dtype: `"float32"` or `"float64"`.
        phases: See `program.PHASES`.
        training: Whether layers such as Dropout behave as in training.
        backward: Whether the backward pass follows the loss.
        input_gradients: Tensors of `feeds` whose gradients are wanted.
        step: Number of the step, from which random numbers follow.
    """
    nodes = graph.nodes
    variables = list(dict.fromkeys(v for node in nodes for v in node.variables if v is not None))
    state = list(dict.fromkeys(v for node in nodes for v in node.state if v is not None))
    batch = max((len(value) for name, value in feeds.items() if graph.tensors[name].batched), default=1)
    params, kept = vector_of(variables, dtype), vector_of(state, dtype)
    program = Program(graph, params, kept, batch, dtype, input_gradients=input_gradients)
    for name, value in feeds.items():
        program.acts[name][...] = value
    program.begin([], step=step)
    program.once(program.calls(*phases, backward=backward), batch, training)
    return program
