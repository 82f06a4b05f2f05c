"""Metrics: what is reported of a model beside its loss."""

from glassnet.metrics.accuracy import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
    binary_accuracy,
    categorical_accuracy,
    sparse_categorical_accuracy,
    sparse_top_k_categorical_accuracy,
    top_k_categorical_accuracy,
)
from glassnet.metrics.auc import AUC
from glassnet.metrics.confusion_matrix import ConfusionMatrix
from glassnet.metrics.correlation import (
    ConcordanceCorrelation,
    PearsonCorrelation,
    concordance_correlation,
    pearson_correlation,
)
from glassnet.metrics.f_score import F1Score, FBetaScore
from glassnet.metrics.iou import BinaryIoU, IoU, MeanIoU, OneHotIoU, OneHotMeanIoU
from glassnet.metrics.metric import Metric, metrics
from glassnet.metrics.operating_point import (
    PrecisionAtRecall,
    RecallAtPrecision,
    SensitivityAtSpecificity,
    SpecificityAtSensitivity,
)
from glassnet.metrics.r2_score import R2Score
from glassnet.metrics.reduction import Mean, Sum
from glassnet.metrics.resolve import get, resolve
from glassnet.metrics.threshold import (
    FalseNegatives,
    FalsePositives,
    Precision,
    Recall,
    TrueNegatives,
    TruePositives,
)

serialize = metrics.serialize
deserialize = metrics.deserialize
