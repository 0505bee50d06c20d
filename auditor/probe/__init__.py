"""What runs on the audited host: standard library only, Python 3.8 and later, nothing written."""

VERSION = "1"
"""Version of the probe, said in ``hello``."""
