"""A training as a strip: its loss by step, where it stands, and a branch beside it. One drags along it to go back."""

import traitlets

from glassnet.widgets.picture import Packed, Picture


class TrainingTimeline(Picture):
    """Curves of the loss over steps, with a handle where the model stands.

    The handle is dragged, or moved by the arrow keys, Home and End, to one of the kept steps; the picture then sets `wanted`.

    Attributes:
        steps: The kept steps, (S,).
        loss: The loss at each of them, (S,); NaN where there is none.
        test_steps, test_loss: A second curve, (T,) each; may be empty.
        branch_steps, branch_loss: That of a branch, (R,) each; may be empty.
        now: The step at which the model stands.
        wanted: Only the browser sets it: the kept step to go to; -1 before the first.

    >>> TrainingTimeline(steps=[0, 10], loss=[1.0, 0.5], now=10).now
    10
    """

    steps = Packed()
    loss = Packed()
    test_steps = Packed()
    test_loss = Packed()
    branch_steps = Packed()
    branch_loss = Packed()
    now = traitlets.Int(0).tag(sync=True)
    wanted = traitlets.Int(-1).tag(sync=True)
