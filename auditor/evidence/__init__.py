"""Findings to the signed dossier, and the dossier back to verdicts."""
