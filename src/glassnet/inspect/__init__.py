"""Seeing through a network: every number of a step by name, where it comes from, and what would change it.

Everything here reads what the engine computed; nothing is computed a second time. Most of it is a method of the model:
`model.trace`, `model.why`, `model.diagnose`, `model.landscape`, `model.report`, `model.to_python`. What is no question to
one model is here: `Timeline` and `Doctor`, which are callbacks of `fit`, `compare` for two timelines, and `descend` for
functions of one's own.
"""

from glassnet.inspect.comparison import compare
from glassnet.inspect.descent import descend
from glassnet.inspect.doctor import Doctor
from glassnet.inspect.timeline import Timeline

__all__ = ["Doctor", "Timeline", "compare", "descend"]
