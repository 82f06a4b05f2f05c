"""Layers: the steps that networks are made of."""

from glassnet.layers.activation import ELU, Activation, LeakyReLU, ReLU, Softmax
from glassnet.layers.dense import Dense
from glassnet.layers.input import Input, InputLayer
from glassnet.layers.layer import Layer, deserialize, get, serialize
from glassnet.layers.noise import Dropout, GaussianNoise
from glassnet.layers.scaling import Normalization, Rescaling
from glassnet.layers.shape import Flatten, Reshape

__all__ = [
    "Activation", "Dense", "Dropout", "ELU", "Flatten", "GaussianNoise", "Input", "InputLayer", "Layer", "LeakyReLU",
    "Normalization", "ReLU", "Rescaling", "Reshape", "Softmax", "deserialize", "get", "serialize",
]  # fmt: skip
