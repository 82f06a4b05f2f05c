"""The learning rate, judged by trials at other rates and by the curve of the loss."""

import numpy as np

from glassnet.inspect.doctor import cure
from glassnet.inspect.doctor.examination import TRIAL_STEPS, Examination
from glassnet.inspect.doctor.finding import Finding
from glassnet.inspect.doctor.thresholds import (
    LEARNING_RATE_TOO_HIGH,
    LEARNING_RATE_TOO_LOW,
    LOSS_RISES,
    UNDERFITTING,
)

MARGIN = 0.1
"""Of the rate whose trial ends best, a tenth is taken: what is best for a few steps is near the edge in the end."""
LOWER_RATE = f"Begin anew at a tenth of the lower rate that is best in {TRIAL_STEPS} steps."
UNKNOWN_RATE = 1.0
"""Below what is searched where a function gives the rate, which is not asked because it might count its calls."""
ENOUGH = 0.8
"""The lowest rate is taken that lowers the loss by this share of what the best one does."""


def learning_rate_too_high(examination, losses):
    """A rate at which the loss does not fall while a lower one lowers it; or a history whose loss has risen.

    Arguments:
        examination: `Examination`.
        losses: The training's loss after each epoch, as far as it is known.
    """
    scale = examination.scale
    lowest = np.nanmin(losses) if len(losses) and not np.isnan(losses).all() else np.inf
    if not np.isfinite(examination.probe.params.array).all():
        measured, threshold = np.inf, LEARNING_RATE_TOO_HIGH
        meaning = "The weights have grown beyond what a number can hold, or to NaN: the steps were far too long."
    elif _loss_does_not_fall(examination):
        lower = min(loss for factor, loss in examination.trials.items() if factor < 1)
        measured, threshold = (examination.trials[1.0] - lower) / scale, LEARNING_RATE_TOO_HIGH
        meaning = (
            f"{TRIAL_STEPS} steps at learning_rate={examination.learning_rate:.3g} take the loss from {examination.loss:.4g} "
            f"to {examination.trials[1.0]:.4g}; at a lower rate it falls to {lower:.4g}. The steps are longer than the valley "
            "is wide."
        )
    elif len(losses) > 1 and not losses[-1] - lowest <= LOSS_RISES.limit * scale:
        measured, threshold = (losses[-1] - lowest) / scale if np.isfinite(losses[-1]) else np.inf, LOSS_RISES
        meaning = f"The loss has risen from {lowest:.4g} to {losses[-1]:.4g} while training: the steps are too long."
    else:
        return None
    return Finding(
        "learning_rate_too_high",
        float(measured),
        threshold,
        meaning,
        LOWER_RATE,
        lambda: at_a_lower_rate(examination),
        (),
        {"trials": examination.trials if examination.finite else {}},
    )


def at_a_lower_rate(examination):
    """The model with new weights and a lower rate, found by trials on these weights."""
    rate = examination.learning_rate or UNKNOWN_RATE
    fresh = Examination(cure.rebuilt(examination.model, anew=None, learning_rate=rate), examination.x, examination.y)
    lower = {factor: loss for factor, loss in fresh.trials.items() if factor < 1}
    factor = max(MARGIN * min(lower, key=lower.get), min(lower))
    return cure.rebuilt(fresh.model, learning_rate=factor * rate)


def _loss_does_not_fall(examination):
    trials = examination.trials if examination.finite else {}
    if not trials or trials[1.0] < examination.loss:
        return False
    lower = min(loss for factor, loss in trials.items() if factor < 1)
    return (trials[1.0] - lower) > LEARNING_RATE_TOO_HIGH.limit * examination.scale


def learning_rate_too_low(examination):
    """A rate whose steps are tiny, while a higher one lowers the loss at once."""
    ratios = examination.update_ratios
    if not ratios or examination.loss <= UNDERFITTING.limit * examination.constant_loss:
        return None
    largest = max(ratios.values())
    if largest >= LEARNING_RATE_TOO_LOW.limit or not examination.trials:
        return None
    higher = {factor: loss for factor, loss in examination.trials.items() if factor > 1}
    near = examination.loss - ENOUGH * (examination.loss - min(higher.values()))
    factor = min((factor for factor, loss in higher.items() if loss <= near), default=max(higher))
    fall, present = examination.loss - examination.trials[factor], examination.loss - examination.trials[1.0]
    if fall < 0.1 * examination.loss or present > 0.1 * fall:
        return None
    rate, model = factor * examination.learning_rate, examination.model
    return Finding(
        "learning_rate_too_low",
        largest,
        LEARNING_RATE_TOO_LOW,
        f"A step changes the weights by {largest:.2g} of their size. {TRIAL_STEPS} steps take the loss from "
        f"{examination.loss:.4g} to {examination.trials[1.0]:.4g}; at a higher rate to {examination.trials[factor]:.4g}.",
        f"learning_rate={rate:.3g}, the best of those that were tried.",
        lambda: cure.rebuilt(model, learning_rate=rate),
        (),
        {"trials": examination.trials, "ratios": ratios},
    )
