"""What training lowers: the losses of a model's outputs, weighted, and the penalties of its regularizers."""

from dataclasses import dataclass

from glassnet.engine.graph import Node, Tensor
from glassnet.engine.kernels.reduction import weighted_sum


@dataclass(eq=False)
class Part:
    """The loss of one output.

    Arguments:
        target: Tensor of the labels.
        weights: Tensor of the weights of the examples, or None.
        loss: The node that makes one number of it.
    """

    target: Tensor
    weights: Tensor | None
    loss: Node


@dataclass(eq=False)
class Objective:
    """The loss of a model.

    Arguments:
        parts: A `Part` for each output; None for one that is not trained.
        loss: The node whose output, `"loss"`, is the loss without penalties.
        penalties: The nodes of the regularizers.
    """

    parts: list
    loss: Node
    penalties: list


def plan_objective(graph, model, outputs, weighted):
    """Adds targets, losses and what puts them together to a graph that ends in a model's outputs.

    The tensors of the only output are `target`, `sample_weight`, `loss/values` and `loss`; of several outputs each has its own,
    such as `sum/target` and `sum/loss`, and `loss` is the sum of the losses times their weights.

    Arguments:
        graph: `Graph`, in which the model is planned.
        model: The model, compiled.
        outputs: List of tensors.
        weighted: For each, whether its examples have weights.

    Returns: `Objective`.
    """
    penalties = [node for node in graph.nodes if node.phase == "loss" and node.totals]
    alone, factors = len(outputs) == 1, model.loss_weights or [1.0] * len(outputs)
    parts, added = [], []
    for name, output, loss, factor, has_weights in zip(
        model.output_names, outputs, model._losses, factors, weighted, strict=True
    ):
        if loss is None:
            parts.append(None)
            continue
        prefix = "" if alone else f"{name}/"
        target = graph.tensor(f"{prefix}target", loss.target_shape(output.shape))
        weights = graph.tensor(f"{prefix}sample_weight", ()) if has_weights else None
        whole = f"{prefix}loss" if not alone or factor == 1 else "unweighted_loss"
        node = loss.plan_reduction(graph, loss.plan(graph, output, target, whole), weights, whole)
        node.constants = (factor,)
        parts.append(Part(target, weights, node))
        added.append((node.outputs[0], factor))
    if not added:
        raise ValueError(f"Model '{model.name}' expected a loss for at least one output. Received: loss={model.loss!r}.")
    whole = parts[0].loss if alone and factors[0] == 1 else weighted_sum(graph, added)
    return Objective(parts, whole, penalties)
