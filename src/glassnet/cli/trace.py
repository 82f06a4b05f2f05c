"""`glassnet trace`: every number of one step of a network, and the step operation by operation."""

from typing import Annotated

import typer

from glassnet.cli.inputs import INPUT_HELP, read_example
from glassnet.cli.output import open_console, write_json


def trace(
    model: Annotated[str, typer.Argument(help="A model file.")],
    input: Annotated[str | None, typer.Argument(metavar="[INPUT]", help=INPUT_HELP)] = None,
    step: Annotated[
        bool,
        typer.Option("--step", help="Go through the operations one by one, with keys; where output is piped, list them."),
    ] = False,
    label: Annotated[
        str | None,
        typer.Option(help="What the network should say.  [default: the example's own label, else what it says]"),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Write one JSON document.")] = False,
):
    """Show every number of a training step on one example: forward, through the loss, backward, and the update.

    The model is not changed. With --step, space goes to the next operation, b back, q ends.

    \b
    Example:
      glassnet trace digits.safetensors picture.png
      glassnet trace digits.safetensors mnist:3 --step
    """
    from glassnet.cli.answer import trace_of
    from glassnet.cli.stepping import can_be_stepped, list_steps, step_through
    from glassnet.models import load_model

    network = load_model(model)
    traced = trace_of(network, read_example(network, input, label))
    if json:
        write_json(_steps(traced) if step else _numbers(traced))
        return
    console = open_console()
    if not step:
        console.print(str(traced))
    elif can_be_stepped(console):
        step_through(console, traced)
    else:
        list_steps(console, traced)


def _numbers(trace):
    """Every number by name, with the derivative of the loss by it and what the optimiser would make of it."""
    return {name: trace[name].tolist() for name in trace}


def _steps(trace):
    return [
        {
            "number": step.number,
            "phase": step.phase,
            "operation": step.operation,
            "layer": step.layer,
            "reads": list(step.reads),
            "writes": {name: trace[name].tolist() for name in step.writes},
        }
        for step in trace.steps()
    ]
