"""Every audit kept: history, comparison, judging again."""
