"""From what people have (rows of a table, a picture, points) to the numbers that a network reads, remembered with the model."""

from glassnet.preprocessing.image import ImagePreprocessing
from glassnet.preprocessing.points import PointFeatures
from glassnet.preprocessing.table import TablePreprocessing
from glassnet.registry import Registry

__all__ = ["ImagePreprocessing", "PointFeatures", "TablePreprocessing", "preprocessings"]

preprocessings = Registry("preprocessing")
for _class in (ImagePreprocessing, PointFeatures, TablePreprocessing):
    preprocessings.add()(_class)
