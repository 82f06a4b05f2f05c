"""Optimizers: how the gradient changes the parameters."""

from glassnet import schedules
from glassnet.optimizers.adam import Adam, Adamax, AdamW, Nadam
from glassnet.optimizers.gradient_descent import SGD
from glassnet.optimizers.optimizer import Optimizer, optimizers
