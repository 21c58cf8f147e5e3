"""Simulated input: collisions by Pythia 8, and what a parametrised detector measures of their tracks."""
