"""What was seen: frozen values that say their source, method, time and status. No I/O."""
