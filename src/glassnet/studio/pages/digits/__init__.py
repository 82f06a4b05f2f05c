"""The first page: a network learns to read handwriting, and reads what is drawn."""

from glassnet.studio.pages.digits.page import Page

__all__ = ["Page"]
