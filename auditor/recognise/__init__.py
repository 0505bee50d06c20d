"""Raw things get their meaning here: pure functions from records and bytes to facts."""
