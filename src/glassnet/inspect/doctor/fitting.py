"""How well a trained network fits: not better than chance, too little, or too much."""

import numpy as np

from glassnet.inspect.doctor import cure
from glassnet.inspect.doctor.data import class_numbers
from glassnet.inspect.doctor.finding import Finding
from glassnet.inspect.doctor.thresholds import (
    CHANCE,
    CHANCE_STEPS,
    OVERFITTING,
    OVERFITTING_GAP,
    OVERFITTING_MATTERS,
    PLATEAU,
    PLATEAU_EPOCHS,
    UNDERFITTING,
)

HIDDEN_UNITS = 32
"""How many units the cure gives to a hidden layer at least."""
TINY = 1e-6
"""A constant output that is this good leaves nothing to learn."""


def chance_level(examination, end, losses, causes):
    """A trained network that is no better than one that always says the same, nor was so in its last epoch of training.

    The second is asked because batch normalisation may still wait for its moving averages, and the network seem untrained.

    Arguments:
        examination: `Examination`.
        end: `Output` that is looked at.
        losses: The training's loss of this output after each epoch, as far as it is known.
        causes: What was found before. The first of them has the cure.
    """
    at = examination.ends.index(end)
    constant, loss = examination.constant_losses[at], examination.losses[at]
    if int(examination.model.optimizer.steps) < CHANCE_STEPS or constant < TINY or not examination.finite:
        return None
    classes = class_numbers(end, examination.targets[at])
    if any(finding.name == "unbalanced_classes" for finding in causes):
        # Weights of the classes, which cannot be seen here, take a network away from the shares, up to ln C.
        constant = max(constant, float(np.log(len(np.unique(classes)))))
    if min([loss, *losses[-1:]]) < CHANCE.limit * constant:
        return None
    details = {"loss": loss, "constant_loss": constant}
    if classes is None:
        chance = f"always saying the mean gives {constant:.4g}"
    else:
        count = len(np.unique(classes))
        details["ln C"] = float(np.log(count))
        chance = f"always saying the shares of the classes gives {constant:.4g} (ln {count} is {np.log(count):.4g})"
    text, treatment = (causes[0].cure, causes[0].treatment) if causes else _more_capacity(examination)
    return Finding(
        "chance_level",
        loss / constant,
        CHANCE,
        f"After {int(examination.model.optimizer.steps)} steps the loss is {loss:.4g}; {chance}. The "
        "network has learnt "
        "nothing of its inputs.",
        text,
        treatment,
        (),
        details,
    )


def _more_capacity(examination):
    """The cure of a network that is too small: its text, and the function that makes it."""
    model, hidden, ends = examination.model, examination.hidden, examination.ends
    adam = {"class_name": "Adam", "config": {"learning_rate": 0.01}}
    if not hidden:
        return (
            f"A hidden layer of {HIDDEN_UNITS} relus: without one the network can only draw straight lines. And Adam at 0.01.",
            lambda: cure.rebuilt(model, lambda c: cure.with_hidden(c, ends, HIDDEN_UNITS), anew=None, optimizer=adam),
        )
    return (
        f"Four times as many hidden units, at least {HIDDEN_UNITS}, beginning anew with Adam at 0.01.",
        lambda: cure.rebuilt(model, lambda c: cure.with_more_units(c, ends, 4, HIDDEN_UNITS), anew=None, optimizer=adam),
    )


def underfitting(examination, losses, causes):
    """A loss that has stopped falling far from 0.

    Arguments:
        examination: `Examination`.
        losses: The training's loss after each epoch.
        causes: What was found before: where there is a cause, it is treated first.
    """
    constant = examination.constant_loss
    if causes or len(losses) < PLATEAU_EPOCHS or constant < TINY or not np.isfinite(losses).all():
        return None
    quarter = len(losses) // 4
    before, last = np.mean(losses[-2 * quarter : -quarter]), np.mean(losses[-quarter:])
    ratio = examination.loss / constant
    if before - last > PLATEAU * abs(before) or not UNDERFITTING.limit < ratio < CHANCE.limit:
        return None
    text, treatment = _more_capacity(examination)
    return Finding(
        "underfitting",
        ratio,
        UNDERFITTING,
        f"The loss has stopped falling at {examination.loss:.4g}, {ratio:.0%} of what a constant output reaches: the "
        "network is too "
        "small for its task, or the inputs do not tell more.",
        text,
        treatment,
        (),
        {"loss": examination.loss, "constant_loss": constant},
    )


def overfitting(examination, losses, validation_losses, validation_loss):
    """A validation loss that rises again, or is far above the training loss.

    Arguments:
        examination: `Examination`.
        losses, validation_losses: The two losses after each epoch, as far as they are known.
        validation_loss: The loss of the validation data now, or None.
    """
    scale = examination.scale
    if len(validation_losses) > 1 and np.isfinite(validation_losses).all():
        lowest, last = min(validation_losses), validation_losses[-1]
        risen = 100 * (last / lowest - 1) if lowest > 0 else 0.0
        learns_on = losses[-1] < losses[int(np.argmin(validation_losses))]
        if risen > OVERFITTING.limit and last - lowest > OVERFITTING_MATTERS * scale and learns_on:
            epoch = int(np.argmin(validation_losses)) + 1
            meaning = (
                f"After epoch {epoch} the validation loss rose from {lowest:.4g} to {last:.4g} while the training "
                "loss fell: since then "
                "the network has learnt its examples by heart."
            )
            return _overfitting(examination, risen, OVERFITTING, meaning, {"epoch": epoch})
    if validation_loss is not None and examination.finite and examination.loss > 0:
        gap = validation_loss / examination.loss
        if gap > OVERFITTING_GAP.limit and validation_loss - examination.loss > OVERFITTING_MATTERS * scale:
            meaning = (
                f"The loss is {examination.loss:.4g} on the training data and {validation_loss:.4g} on the "
                "validation data: the network "
                "knows its examples by heart."
            )
            return _overfitting(examination, gap, OVERFITTING_GAP, meaning, {})
    return None


def _overfitting(examination, measured, threshold, meaning, details):
    model = examination.model

    def change(configs):
        configs = cure.with_weight_penalty(configs, 0.01)
        return cure.with_dropout(configs, examination.ends, 0.5) if examination.hidden else configs

    return Finding(
        "overfitting",
        float(measured),
        threshold,
        meaning,
        "Begin anew with dropout of one half before the last layer (Srivastava et al., 2014) and a penalty l2=0.01 "
        "on the kernels.",
        lambda: cure.rebuilt(model, change, anew=None),
        (),
        details,
    )
