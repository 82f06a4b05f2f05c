"""Why a network answers as it does: the questions that `model.why` can be asked."""

from glassnet.inspect.ablation import ablate, ablation
from glassnet.inspect.attribution import integrated_gradients
from glassnet.inspect.contributions import contributions
from glassnet.inspect.counterfactual import counterfactual
from glassnet.inspect.influence import influence
from glassnet.inspect.neuron import neuron
from glassnet.inspect.noise import noise


class Why:
    """The why questions of one model, `model.why`; each answer prints itself. Of a model of several outputs, `of` names the one
    that is asked.

    >>> from glassnet import layers
    >>> from glassnet.models import Sequential
    >>> model = Sequential([layers.Input((2,)), layers.Dense(2, name="classes")])
    >>> model.set_weights([[[1.0, 2.0], [3.0, 1.0]], [0.0, 0.5]])
    >>> print(model.why.contributions([1.0, 1.0], "classes/z[0]"))
    classes/z[0, 0] = 4, the largest parts first
      bias  +0
      input[1]  3 * 1 = +3
      input[0]  1 * 1 = +1
    >>> print(model.why.counterfactual([1.0, 1.0]).new_answer)
    1
    """

    def __init__(self, model):
        self.model = model

    def contributions(self, x, name=None):
        """Which inputs and neurons made a weighted sum of one example; see `contributions.contributions`."""
        return contributions(self.model, x, name)

    def integrated_gradients(self, x, output=None, baseline=0.0, steps=128, of=None):
        """What each input adds to an output; see `attribution.integrated_gradients`."""
        return integrated_gradients(self.model, x, output, baseline, steps, of)

    def counterfactual(self, x, target=None, low=None, high=None, of=None):
        """The smallest change of an input that changes the answer; see `counterfactual.counterfactual`."""
        return counterfactual(self.model, x, target, low, high, of)

    def influence(self, name, x, y):
        """Which examples push a weight most, and which way; see `influence.influence`."""
        return influence(self.model, name, x, y)

    def neuron(self, reference, x, batch_size=256):
        """What a neuron answers to: its weights, its strongest examples; see `neuron.neuron`."""
        return neuron(self.model, reference, x, batch_size)

    def noise(self, samples=1000, seed=0, low=0.0, high=1.0, of=None):
        """What the network says to noise, and how sure it is; see `noise.noise`."""
        return noise(self.model, samples, seed, low, high, of)

    def ablation(self, x, y, layer=None, batch_size=256):
        """How good the network is without each of its neurons in turn; see `ablation.ablation`."""
        return ablation(self.model, x, y, layer, batch_size)

    def ablate(self, reference):
        """A context in which a hidden neuron is without effect; see `ablation.ablate`."""
        return ablate(self.model, reference)

    def __repr__(self):
        questions = ", ".join(name for name in vars(type(self)) if not name.startswith("_"))
        return f"<Why of '{self.model.name}': {questions}>"
