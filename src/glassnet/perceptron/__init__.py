"""The perceptron as its inventors had it: a weighted sum, a threshold, and a rule that learns from mistakes.

Sources: W. McCulloch and W. Pitts (1943), A logical calculus of the ideas immanent in nervous activity; F. Rosenblatt
(1958), The perceptron; A. Novikoff (1962), On convergence proofs for perceptrons; M. Minsky and S. Papert (1969),
Perceptrons.
"""

from glassnet.perceptron.network import PerceptronNetwork
from glassnet.perceptron.neuron import Perceptron
from glassnet.perceptron.separability import separable

__all__ = ["Perceptron", "PerceptronNetwork", "separable"]
