"""Platforms that are not ours, against which the whole tool is run."""
