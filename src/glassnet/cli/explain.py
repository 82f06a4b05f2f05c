"""`glassnet explain`: why a network answers as it does, or how one of its numbers comes about."""

from typing import Annotated

import typer

from glassnet.cli.answer import Answer, trace_of
from glassnet.cli.inputs import INPUT_HELP, read_example
from glassnet.cli.output import open_console, write_json


def explain(
    model: Annotated[str, typer.Argument(help="A model file.")],
    input: Annotated[str | None, typer.Argument(metavar="[INPUT]", help=INPUT_HELP)] = None,
    number: Annotated[
        str | None,
        typer.Option(help='One number to explain instead, such as "dense_1/z[2]" or "dense/kernel[3, 1]"; see glassnet trace.'),
    ] = None,
    label: Annotated[
        str | None,
        typer.Option(help="What the network should say.  [default: the example's own label, else what it says]"),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Write one JSON document.")] = False,
):
    """Explain an answer: what the network sees, which inputs and neurons made it, what would change it.

    With --number, explain one number of the network instead: a weighted sum by its largest terms, or the derivative of the
    loss by a weight as a product by the chain rule, with the line of Python that computes it and a proof.

    \b
    Example:
      glassnet explain digits.safetensors picture.png
      glassnet explain digits.safetensors mnist:3 --number "dense/kernel[3, 1]"
    """
    from glassnet.models import load_model

    network = load_model(model)
    example = read_example(network, input, label)
    if number is not None:
        _explain_number(network, example, number, json)
        return
    answer = Answer(network, example)
    if json:
        write_json(answer.document(model))
    else:
        answer.show(open_console())


def _explain_number(model, example, number, json):
    try:
        explanation = trace_of(model, example).explain(number)
    except LookupError as error:  # an unknown name or an index out of range: it says what there is
        raise ValueError(error.args[0]) from error
    if json:
        write_json(
            {
                "input": example.name,
                "name": explanation.name,
                "value": explanation.value,
                "meaning": explanation.meaning,
                "terms": [{factor.name: factor.value for factor in term.factors} for term in explanation.terms],
                "python": explanation.python,
                "latex": explanation.latex,
                "mathml": explanation.mathml,
                "finite_difference": explanation.finite_difference,
            }
        )
    else:
        open_console().print(explanation.text)
