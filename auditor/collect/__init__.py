"""Starts probes, follows their progress, turns records into facts."""
