"""Points of the plane, a network that learns them, and everything inside it."""

from glassnet.studio.pages.playground.page import Page

__all__ = ["Page"]
