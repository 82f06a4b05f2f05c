"""The weights of a model: in one vector, layer by layer, frozen or trained."""

import numpy as np

from glassnet import config
from glassnet.engine.variable import vector_of
from glassnet.layers.input import InputLayer


class Weights:
    """The part of a model that holds its numbers. It expects of the model: `layers`, `name`, and what `compile` was told."""

    @property
    def weights(self):
        # Each once: nested models may share a layer.
        return list(dict.fromkeys(variable for layer in self.layers for variable in layer.weights))

    variables = weights

    @property
    def trainable_weights(self):
        return [variable for variable in self.weights if variable.trainable]

    trainable_variables = trainable_weights

    @property
    def non_trainable_weights(self):
        return [variable for variable in self.weights if not variable.trainable]

    @property
    def params_variables(self):
        """The variables that live in `params`: all but what layers keep without training it."""
        return [variable for variable in self.weights if variable.is_parameter]

    @property
    def state_variables(self):
        """The variables that live in `state`."""
        return [variable for variable in self.weights if not variable.is_parameter]

    @property
    def params(self):
        """The network as one vector: a `Vector` whose `array` is flat and whose names are views on it.

        Models that have layers in common live in one vector, of which this is the model's part.
        """
        self._params = self._gathered(self._params, self.params_variables)
        return self._params

    @property
    def state(self):
        """What layers keep but do not train, as one vector."""
        self._state = self._gathered(self._state, self.state_variables)
        return self._state

    @property
    def vectors(self):
        """`params` and `state`, from one look at the layers."""
        variables = self.weights
        self._params = self._gathered(self._params, [variable for variable in variables if variable.is_parameter])
        self._state = self._gathered(self._state, [variable for variable in variables if not variable.is_parameter])
        return self._params, self._state

    def _gathered(self, vector, variables):
        # Another model that shares a layer may have moved its variables; then gather anew.
        if vector is not None and len(vector) == len(variables):
            home = variables[0].vector if variables else None
            if all(v.vector is home for v in variables) and (home is None or vector.array.base is home.array.base):
                return vector
        return vector_of(variables, self.dtype)

    @property
    def dtype(self):
        """The one dtype of all layers; inputs take what they are given. Raises `ValueError` where they differ."""
        dtypes = {layer.dtype for layer in self.layers if not isinstance(layer, InputLayer)}
        if len(dtypes) > 1:
            raise ValueError(
                f"Model '{self.name}' expected layers of one dtype. Received: "
                + ", ".join(f"{layer.name} {layer.dtype}" for layer in self.layers)
            )
        return dtypes.pop() if dtypes else config.floatx()

    def get_weights(self):
        """Copies of all weights as a list of NumPy arrays. States that recurrent layers keep are none, as in Keras."""
        return [variable.numpy() for variable in self.weights if variable.is_weight]

    def set_weights(self, weights):
        """Sets all weights from a list of arrays. Raises `ValueError` where number or shapes differ."""
        weights, own = [np.asarray(array) for array in weights], [variable for variable in self.weights if variable.is_weight]
        if [array.shape for array in weights] != [variable.shape for variable in own]:
            raise ValueError(
                f"Model '{self.name}' expected weights of shapes {[v.shape for v in own]}. "
                f"Received: {[array.shape for array in weights]}."
            )
        for variable, array in zip(own, weights, strict=True):
            variable.assign(array)

    def count_params(self):
        """The number of numbers in the network.

        >>> from glassnet import layers
        >>> from glassnet.models import Sequential
        >>> Sequential([layers.Input((784,)), layers.Dense(16), layers.Dense(16), layers.Dense(10)]).count_params()
        13002
        """
        return sum(variable.size for variable in self.weights if variable.is_weight)

    @property
    def sublayers(self):
        return self.layers

    def every_layer(self):
        """The layers, and those that they are made of: nested models and layers of layers give theirs behind themselves."""
        waiting, found = list(self.layers), []
        while waiting:
            layer = waiting.pop(0)
            found.append(layer)
            waiting = layer.sublayers + waiting
        return found

    def learning_rate_multipliers(self):
        """`{variable: factor}` for the variables whose learning rate is not the optimizer's own: the factor of their layer as it
        was when the model was compiled, times that of what the layer is a part of."""
        settings, found = self._settings(), {}

        def enter(layer, factor):
            factor *= settings[layer][1] if layer in settings else layer.learning_rate_multiplier
            for variable in layer.weights:
                found[variable] = factor
            for part in layer.sublayers:
                enter(part, factor)

        enter(self, 1.0)
        return {variable: factor for variable, factor in found.items() if factor != 1}

    @property
    def trainable(self):
        return all(layer.trainable for layer in self.layers)

    @trainable.setter
    def trainable(self, value):
        for layer in self.layers:
            layer.trainable = value

    def get_layer(self, name=None, index=None):
        """A layer by name or by index."""
        if index is not None:
            return self.layers[index]
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise ValueError(f"Model '{self.name}' has no layer {name!r}. It has: {', '.join(layer.name for layer in self.layers)}.")
