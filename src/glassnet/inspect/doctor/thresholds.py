"""Where healthy ends: every number that a finding is judged by, and where it comes from.

Few of these numbers are given by theory. A source begins with "By definition" where no other number is possible, with "As in"
where it gives the number itself, and with "Our choice" where it describes the illness but no limit: the limit is then drawn so
that the healthy networks of the tests stay on the right side of it.
"""

from typing import NamedTuple


class Threshold(NamedTuple):
    """A limit: what is measured, the number, and its source.

    >>> DEAD_UNITS.limit, DEAD_UNITS.source[:10], "Maas" in DEAD_UNITS.source
    (0.2, 'Our choice', True)
    """

    limit: float
    measure: str
    source: str


EFFICIENT_BACKPROP = "LeCun, Bottou, Orr and Müller (1998, Efficient BackProp)"
DEEP_LEARNING = "Goodfellow, Bengio and Courville (2016, Deep Learning"
"""Sources of several limits, the second up to the section."""

# Neurons
DEAD_UNITS = Threshold(
    0.2,
    "share of a layer's ReLUs that are 0 for every example",
    "Our choice; Maas, Hannun and Ng (2013, Rectifier Nonlinearities) say that a unit which is never active gets no gradient "
    "and stays so; the CS231n notes (Karpathy, 2015, part 1) that too high a learning rate may kill 40 % of a network.",
)
SATURATED_UNITS = Threshold(
    0.25,
    "share of a layer's units that are at a limit of their activation for 95 % of the examples",
    f"Our choice; Glorot and Bengio (2010) watch layers saturate and stop learning, {EFFICIENT_BACKPROP} "
    "say that large initial weights saturate the units and make gradients small.",
)
AT_A_LIMIT = 0.02
"""How near to a limit counts as there, as a share of the range: a sigmoid's slope has fallen to 8 % of its largest."""
USUALLY = 0.95
"""For which share of the examples a unit must be at a limit to count as saturated."""
SYMMETRY = Threshold(
    1e-6,
    "largest difference between the units of a layer, in weights and in gradients, relative to the largest of these numbers",
    "Our choice, some roundings of float32; Rumelhart, Hinton and Williams (1986, Learning Internal Representations by Error "
    f"Propagation) say that equal weights remain equal, and {DEEP_LEARNING}, section 8.4) that initial weights must break the "
    "symmetry.",
)

# Gradients and steps
VANISHING = Threshold(
    1e-3,
    "size of delta in the first layer, relative to the last",
    "Our choice; Hochreiter (1991) and Bengio, Simard and Frasconi (1994) show that gradients may shrink exponentially on their "
    "way back, Glorot and Bengio (2010) how they do from layer to layer at the start of training.",
)
EXPLODING = Threshold(
    1e3,
    "size of delta in the first layer, relative to the last",
    "Our choice; Bengio, Simard and Frasconi (1994) and Pascanu, Mikolov and Bengio (2013) show that gradients may grow "
    "exponentially on their way back; the latter clip their norm.",
)
UPDATE_TOO_LARGE = Threshold(
    0.5,
    "norm of a step relative to that of the kernel (median over a trial)",
    "Our choice; Hinton (2010, A Practical Guide to Training Restricted Boltzmann Machines) recommends about 0.001, "
    "and the CS231n notes (Karpathy, 2015, part 3) take more as a sign that the rate is likely too high.",
)
UPDATES_UNEVEN = Threshold(
    1e-3,
    "norm of a step relative to that of the kernel, smallest layer relative to largest",
    f"Our choice; {EFFICIENT_BACKPROP} say that all weights should learn at about the same speed.",
)
LEARNING_RATE_TOO_HIGH = Threshold(
    0.1,
    "by how much a trial at a lower rate ends below one at this rate that does not lower the loss, relative to the loss of the "
    "best constant output",
    f"Our choice; {EFFICIENT_BACKPROP} show that descent diverges above a largest rate; Smith (2017) "
    "finds the usable rates by a trial in which the rate rises.",
)
LEARNING_RATE_TOO_LOW = Threshold(
    1e-4,
    "norm of a step relative to that of the kernel, in the layer that moves most",
    "Our choice, confirmed by a trial at higher rates; Hinton (2010) recommends 0.001 to within about an order of "
    "magnitude, and the CS231n notes (Karpathy, 2015, part 3) take less as a sign that the rate may be too low.",
)
LOSS_RISES = Threshold(
    0.2,
    "last loss of the history above its lowest, relative to the loss of the best constant output",
    "Our choice; Bengio (2012, Practical Recommendations for Gradient-Based Training) says that above a largest "
    "rate the training criterion diverges, and to try again with a smaller one.",
)

# Data
INPUTS_TOO_LARGE = Threshold(
    10.0,
    "largest root mean square of an input",
    f"Our choice; {EFFICIENT_BACKPROP} recommend inputs of mean 0 and of about the same variance.",
)
INPUTS_TOO_SMALL = INPUTS_TOO_LARGE._replace(limit=0.01)
INPUTS_OFF_CENTRE = INPUTS_TOO_LARGE._replace(limit=10.0, measure="largest mean of an input, in standard deviations")
INPUTS_UNEVEN = INPUTS_TOO_LARGE._replace(limit=100.0, measure="largest standard deviation of an input, relative to the smallest")
VARYING = 0.1
"""An input counts if this share of the examples differ from its median: the edge pixels of pictures hardly ever do."""
UNITS_FOR_SOFTMAX = Threshold(
    2,
    "units of a softmax",
    "By definition: the outputs of a softmax (Bridle, 1990) add up to 1, so that a single one is always 1.",
)
CLASSES_THAT_FIT = Threshold(
    0,
    "labels that the loss cannot take",
    f"By definition of the loss; {DEEP_LEARNING}, section 6.2.2) pair losses with output units.",
)
TARGETS_OUT_OF_REACH = Threshold(
    0.01,
    "share of targets outside of the last activation's range",
    f"Our choice, for outliers; {DEEP_LEARNING}, section 6.2.2.1) use linear units for numbers.",
)
LOGITS = Threshold(
    0,
    "share of outputs that are not what the loss expects",
    "By definition of the loss: probabilities lie between 0 and 1, logits are what comes before sigmoid or softmax; "
    f"{DEEP_LEARNING}, section 6.2.2).",
)
IMBALANCE = Threshold(
    10.0,
    "examples of the most frequent class for one of the rarest",
    "Our choice; Japkowicz and Stephen (2002) and He and Garcia (2009) show that learners neglect rare classes; the latter "
    "report 100 to 1 and more in practice.",
)

# Fitting
CHANCE = Threshold(
    0.97,
    "loss relative to that of the best constant output (ln C for C classes that are equally frequent)",
    "Our choice of the margin; the CS231n notes (Karpathy, 2015, part 3) compare the first loss with that at chance, ln C, which "
    "is the entropy of the classes (Shannon, 1948).",
)
CHANCE_STEPS = 100
"""From how many steps on a network should be better than chance."""
UNDERFITTING = Threshold(
    0.5,
    "loss relative to that of the best constant output, after it has stopped falling",
    f"Our choice; {DEEP_LEARNING}, section 5.2) call it underfitting that a model cannot reach a low error on its training data.",
)
PLATEAU = 0.02
"""A loss that fell by less than this share from the third quarter of its history to the last has stopped falling."""
PLATEAU_EPOCHS = 8
"""The shortest history that shows a plateau."""
OVERFITTING = Threshold(
    5.0,
    "generalisation loss: by how many percent the validation loss is above its lowest",
    "As in Prechelt (1998, Early Stopping - But When?), whose criterion GL with alpha = 5 stops at this loss.",
)
OVERFITTING_GAP = Threshold(
    2.0,
    "validation loss relative to training loss",
    f"Our choice; {DEEP_LEARNING}, section 5.2) call it overfitting that the gap between training and test error is too large.",
)
OVERFITTING_MATTERS = 0.1
"""How much the loss must differ, as a share of the best constant output's: losses near 0 may be any factor apart."""
