"""Layers: the steps that networks are made of."""

from glassnet.layers.activation import ELU, Activation, LeakyReLU, ReLU, Softmax
from glassnet.layers.attention import MultiHeadAttention
from glassnet.layers.augmentation import (
    RandomFlip,
    RandomRotation,
    RandomTranslation,
    RandomZoom,
)
from glassnet.layers.bidirectional import Bidirectional
from glassnet.layers.convolution import Conv1D, Conv2D
from glassnet.layers.convolution_transpose import Conv1DTranspose, Conv2DTranspose
from glassnet.layers.dense import Dense
from glassnet.layers.depthwise import DepthwiseConv1D, DepthwiseConv2D, SeparableConv1D, SeparableConv2D
from glassnet.layers.dropout import AlphaDropout, Dropout, GaussianDropout, SpatialDropout1D, SpatialDropout2D
from glassnet.layers.elastic_distortion import ElasticDistortion
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
from glassnet.layers.operation import OperationLayer
from glassnet.layers.pooling import (
    AveragePooling1D,
    AveragePooling2D,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    MaxPooling1D,
    MaxPooling2D,
)
from glassnet.layers.positions import PositionEmbedding, SinePositionEncoding
from glassnet.layers.random_contrast import RandomContrast
from glassnet.layers.resizing import (
    Cropping1D,
    Cropping2D,
    UpSampling1D,
    UpSampling2D,
    ZeroPadding1D,
    ZeroPadding2D,
)
from glassnet.layers.scaling import Normalization, Rescaling
from glassnet.layers.shape import Flatten, Reshape
from glassnet.layers.simple_rnn import SimpleRNN
from glassnet.layers.time_distributed import TimeDistributed

Convolution1D, Convolution2D = Conv1D, Conv2D
Convolution1DTranspose, Convolution2DTranspose = Conv1DTranspose, Conv2DTranspose
SeparableConvolution1D, SeparableConvolution2D = SeparableConv1D, SeparableConv2D
MaxPool1D, MaxPool2D, AvgPool1D, AvgPool2D = MaxPooling1D, MaxPooling2D, AveragePooling1D, AveragePooling2D
GlobalMaxPool1D, GlobalMaxPool2D = GlobalMaxPooling1D, GlobalMaxPooling2D
GlobalAvgPool1D, GlobalAvgPool2D = GlobalAveragePooling1D, GlobalAveragePooling2D

__all__ = [
    "Activation", "Add", "AlphaDropout", "Average", "AveragePooling1D", "AveragePooling2D", "AvgPool1D", "AvgPool2D",
    "BatchNormalization", "Bidirectional", "Concatenate", "Conv1D", "Conv1DTranspose", "Conv2D", "Conv2DTranspose",
    "Convolution1D", "Convolution1DTranspose", "Convolution2D", "Convolution2DTranspose", "Cropping1D", "Cropping2D",
    "Dense", "DepthwiseConv1D", "DepthwiseConv2D", "Dot", "Dropout", "ELU", "ElasticDistortion", "Embedding",
    "Flatten", "GRU", "GaussianDropout", "GaussianNoise", "GlobalAveragePooling1D", "GlobalAveragePooling2D",
    "GlobalAvgPool1D", "GlobalAvgPool2D", "GlobalMaxPool1D", "GlobalMaxPool2D", "GlobalMaxPooling1D",
    "GlobalMaxPooling2D", "GroupNormalization", "Input", "InputLayer", "LSTM", "Layer", "LayerNormalization",
    "LeakyReLU", "Masking", "MaxPool1D", "MaxPool2D", "MaxPooling1D", "MaxPooling2D", "Maximum", "Minimum",
    "MultiHeadAttention", "Multiply", "Normalization", "OperationLayer", "PositionEmbedding", "RandomContrast",
    "RandomFlip", "RandomRotation", "RandomTranslation", "RandomZoom", "ReLU", "Rescaling", "Reshape",
    "SeparableConv1D", "SeparableConv2D", "SeparableConvolution1D", "SeparableConvolution2D", "SimpleRNN",
    "SinePositionEncoding", "Softmax", "SpatialDropout1D", "SpatialDropout2D", "Subtract", "TimeDistributed",
    "UpSampling1D", "UpSampling2D", "ZeroPadding1D", "ZeroPadding2D", "add", "average", "concatenate", "deserialize",
    "dot", "get", "maximum", "minimum", "multiply", "serialize", "subtract",
]  # fmt: skip
