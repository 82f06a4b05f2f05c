"""The doctor: what keeps a network from learning, measured, explained, and cured."""

from glassnet.inspect.doctor.callback import Doctor, Record
from glassnet.inspect.doctor.diagnosis import diagnose
from glassnet.inspect.doctor.finding import Diagnosis, Finding
from glassnet.inspect.doctor.thresholds import Threshold

__all__ = ["Diagnosis", "Doctor", "Finding", "Record", "Threshold", "diagnose"]
