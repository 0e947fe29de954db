"""Trains the Mixture-of-Depths model that ships with fathom; README.md has the commands."""
