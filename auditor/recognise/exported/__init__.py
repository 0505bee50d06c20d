"""What ordinary tools print, and somebody exported, as the records that the probe would have reported."""
