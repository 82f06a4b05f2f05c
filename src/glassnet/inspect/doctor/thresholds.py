"""Where healthy ends: every number that a finding is judged by, and where it comes from.

Few of these numbers are given by theory. Where a source names the illness but no number, the line is glassnet's own,
drawn so that the healthy networks of the tests stay on the right side of it, and the text says so.
"""

from typing import NamedTuple


class Threshold(NamedTuple):
    """A limit: what is measured, the number, and its source.

    >>> DEAD_UNITS.limit, "Maas" in DEAD_UNITS.source
    (0.2, True)
    """

    limit: float
    measure: str
    source: str


# Neurons
DEAD_UNITS = Threshold(
    0.2,
    "share of a layer's ReLUs that are 0 for every example",
    "Maas, Hannun and Ng (2013), section 2, on units that never activate; Stanford CS231n notes (Karpathy, 2015) "
    "report up to "
    "40 % of them at too high a learning rate. The line is glassnet's own.",
)
SATURATED_UNITS = Threshold(
    0.25,
    "share of a layer's units that are at a limit of their activation for 95 % of the examples",
    "Glorot and Bengio (2010), section 3, on saturation; LeCun et al. (1998), Efficient BackProp, section 4.6. The "
    "line is "
    "glassnet's own.",
)
AT_A_LIMIT = 0.02
"""How near to a limit counts as there, as a share of the range: a sigmoid's slope has fallen to 8 % of its largest."""
USUALLY = 0.95
"""For which share of the examples a unit must be at a limit to count as saturated."""
SYMMETRY = Threshold(
    1e-6,
    "largest difference between the units of a layer, in weights and in gradients, relative to the largest of these numbers",
    "Rumelhart, Hinton and Williams (1986), on breaking symmetry; Goodfellow, Bengio and Courville (2016), section "
    "8.4. The line "
    "is the rounding of float32.",
)

# Gradients and steps
VANISHING = Threshold(
    1e-3,
    "size (root mean square) of delta in the first layer, relative to the last",
    "Hochreiter (1991); Bengio, Simard and Frasconi (1994); Glorot and Bengio (2010), figure 7. The line is glassnet's own.",
)
EXPLODING = Threshold(
    1e3,
    "size (root mean square) of delta in the first layer, relative to the last",
    "Bengio, Simard and Frasconi (1994); Pascanu, Mikolov and Bengio (2013). The line is glassnet's own.",
)
UPDATE_TOO_LARGE = Threshold(
    0.5,
    "norm of a step relative to that of the kernel (median over a trial)",
    "Stanford CS231n notes, part 3 (Karpathy, 2015): about 0.001 is usual; Bottou (2012), Stochastic Gradient "
    "Descent Tricks. The "
    "line is glassnet's own.",
)
UPDATES_UNEVEN = Threshold(
    1e-3,
    "norm of a step relative to that of the kernel, smallest layer relative to largest",
    "LeCun et al. (1998), Efficient BackProp, section 4.7: all weights should learn at about the same speed. The "
    "line is "
    "glassnet's own.",
)
LEARNING_RATE_TOO_HIGH = Threshold(
    0.1,
    "by how much a trial at a lower rate ends below one at this rate that does not lower the loss, relative to the "
    "loss of the "
    "best constant output",
    "Smith (2017), section 3.3, the range test; LeCun et al. (1998), section 5.1: beyond a largest rate descent "
    "diverges. The line "
    "is glassnet's own.",
)
LEARNING_RATE_TOO_LOW = Threshold(
    1e-4,
    "norm of a step relative to that of the kernel, in the layer that moves most",
    "Stanford CS231n notes, part 3 (Karpathy, 2015): about 0.001 is usual; lower means that the rate may be too low. "
    "Confirmed "
    "by a trial at higher rates, as in Smith (2017), section 3.3.",
)
LOSS_RISES = Threshold(
    0.2,
    "last loss of the history above its lowest, relative to the loss of the best constant output",
    "Bengio (2012), Practical Recommendations, section 3.1: too large a rate makes the loss rise. The line is glassnet's own.",
)

# Data
INPUTS_TOO_LARGE = Threshold(
    10.0,
    "largest root mean square of an input",
    "LeCun et al. (1998), Efficient BackProp, section 4.3: inputs of mean 0 and similar variance. The line is glassnet's own.",
)
INPUTS_TOO_SMALL = INPUTS_TOO_LARGE._replace(limit=0.01)
INPUTS_OFF_CENTRE = INPUTS_TOO_LARGE._replace(limit=10.0, measure="largest mean of an input, in standard deviations")
INPUTS_UNEVEN = INPUTS_TOO_LARGE._replace(limit=100.0, measure="largest standard deviation of an input, relative to the smallest")
VARYING = 0.1
"""An input counts if this share of the examples differ from its median: the edge pixels of pictures hardly ever do."""
UNITS_FOR_SOFTMAX = Threshold(
    2,
    "units of a softmax",
    "By definition (Bridle, 1990) the outputs of a softmax add up to 1: a single one is always 1.",
)
CLASSES_THAT_FIT = Threshold(
    0,
    "labels that the loss cannot take",
    "By definition of the loss (Goodfellow, Bengio and Courville, 2016, section 6.2.2: output units and losses in pairs).",
)
TARGETS_OUT_OF_REACH = Threshold(
    0.01,
    "share of targets outside of the last activation's range",
    "Goodfellow, Bengio and Courville (2016), section 6.2.2: linear units for numbers. The line is glassnet's own.",
)
LOGITS = Threshold(
    0,
    "share of outputs that are not what the loss expects",
    "By definition of the loss: probabilities lie between 0 and 1, logits are what comes before sigmoid or softmax "
    "(Goodfellow, "
    "Bengio and Courville, 2016, section 6.2.2).",
)
IMBALANCE = Threshold(
    10.0,
    "examples of the most frequent class for one of the rarest",
    "Japkowicz and Stephen (2002); He and Garcia (2009), section 2. The line is glassnet's own.",
)

# Fitting
CHANCE = Threshold(
    0.97,
    "loss relative to that of the best constant output (ln C for C classes that are equally frequent)",
    "Stanford CS231n notes, part 3 (Karpathy, 2015): the loss at chance; Shannon (1948): entropy. The margin is glassnet's own.",
)
CHANCE_STEPS = 100
"""From how many steps on a network should be better than chance."""
UNDERFITTING = Threshold(
    0.5,
    "loss relative to that of the best constant output, after it has stopped falling",
    "Goodfellow, Bengio and Courville (2016), section 5.2. The line is glassnet's own.",
)
PLATEAU = 0.02
"""A loss that fell by less than this share from the third quarter of its history to the last has stopped falling."""
PLATEAU_EPOCHS = 8
"""The shortest history that shows a plateau."""
OVERFITTING = Threshold(
    5.0,
    "generalisation loss: by how many percent the validation loss is above its lowest",
    "Prechelt (1998), Early Stopping - But When?, criterion GL with alpha = 5.",
)
OVERFITTING_GAP = Threshold(
    2.0,
    "validation loss relative to training loss",
    "Goodfellow, Bengio and Courville (2016), section 5.2: the gap between the two. The line is glassnet's own.",
)
OVERFITTING_MATTERS = 0.1
"""How much the loss must differ, as a share of the best constant output's: losses near 0 may be any factor apart."""
