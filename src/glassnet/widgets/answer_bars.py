"""The answers of a network as bars: how sure it is of each class, or what each output wants."""

import traitlets

from glassnet.widgets.picture import Packed, Picture


class AnswerBars(Picture):
    """A bar for each answer.

    Attributes:
        labels: Names of the answers.
        values: Packed float32, one for each; "" while there is nothing to answer.
        before: Packed float32: marks on the bars, such as what they were with all neurons; "" for none.
        signed: False for shares from 0 to 1, of which the largest stands out; True for numbers of either sign, drawn
            from the middle.
        limit: The number of a full bar; 0 to fit the largest.
        verdict: What is written above them: the answer, in large, and two lines; `[]` for nothing.
        truth: Index of the right answer, which gets a frame; -1 where it is not known.

    >>> AnswerBars(labels=["no", "yes"], values=[0.25, 0.75]).values
    'AACAPgAAQD8='
    """

    labels = traitlets.List(traitlets.Unicode()).tag(sync=True)
    values = Packed()
    before = Packed()
    signed = traitlets.Bool(False).tag(sync=True)
    limit = traitlets.Float(1.0).tag(sync=True)
    truth = traitlets.Int(-1).tag(sync=True)
    verdict = traitlets.List(traitlets.Unicode()).tag(sync=True)
