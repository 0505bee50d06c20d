"""Evidence for the sentence: the prompt never leaves our network."""

__version__ = "0.1.0"
