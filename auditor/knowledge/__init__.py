"""What the world knows: typed loaders of ``resources/knowledge``."""
