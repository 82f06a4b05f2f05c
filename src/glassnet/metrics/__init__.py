"""Metrics."""

from glassnet.metrics.accuracy import *
from glassnet.metrics.reduction import *
from glassnet.metrics.threshold import *
from glassnet.metrics.operating_point import *
from glassnet.metrics.auc import AUC
