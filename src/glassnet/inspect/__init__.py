"""Seeing through a network: every number of a step by name, where it comes from, and what would change it.

Everything here reads what the engine computed; nothing is computed a second time.
"""
