"""Layers: the steps that networks are made of."""

from glassnet.layers.activation import ELU, Activation, LeakyReLU, ReLU, Softmax
from glassnet.layers.augmentation import (
    ElasticDistortion,
    RandomContrast,
    RandomFlip,
    RandomRotation,
    RandomTranslation,
    RandomZoom,
)
from glassnet.layers.bidirectional import Bidirectional
from glassnet.layers.dense import Dense
from glassnet.layers.dropout import AlphaDropout, Dropout, GaussianDropout, SpatialDropout1D, SpatialDropout2D
from glassnet.layers.embedding import Embedding
from glassnet.layers.gru import GRU
from glassnet.layers.input import Input, InputLayer
from glassnet.layers.layer import Layer, deserialize, get, serialize
from glassnet.layers.lstm import LSTM
from glassnet.layers.masking import Masking
from glassnet.layers.merge import (
    Add,
    Average,
    Concatenate,
    Dot,
    Maximum,
    Minimum,
    Multiply,
    Subtract,
    add,
    average,
    concatenate,
    dot,
    maximum,
    minimum,
    multiply,
    subtract,
)
from glassnet.layers.noise import GaussianNoise
from glassnet.layers.normalization import BatchNormalization, GroupNormalization, LayerNormalization
from glassnet.layers.scaling import Normalization, Rescaling
from glassnet.layers.shape import Flatten, Reshape
from glassnet.layers.simple_rnn import SimpleRNN
from glassnet.layers.time_distributed import TimeDistributed

__all__ = [
    "Activation", "Add", "AlphaDropout", "Average", "BatchNormalization", "Bidirectional", "Concatenate", "Dense",
    "Dot", "Dropout", "ELU", "ElasticDistortion", "Embedding", "Flatten", "GRU", "GaussianDropout", "GaussianNoise",
    "GroupNormalization", "Input", "InputLayer", "LSTM", "Layer", "LayerNormalization", "LeakyReLU", "Masking",
    "Maximum", "Minimum", "Multiply", "Normalization", "RandomContrast", "RandomFlip", "RandomRotation",
    "RandomTranslation", "RandomZoom", "ReLU", "Rescaling", "Reshape", "SimpleRNN", "Softmax", "SpatialDropout1D",
    "SpatialDropout2D", "Subtract", "TimeDistributed", "add", "average", "concatenate", "deserialize", "dot", "get",
    "maximum", "minimum", "multiply", "serialize", "subtract",
]  # fmt: skip
