"""Captures of packets → flows with names: pure functions over the bytes of a file, nothing of the payload is kept."""
