"""Sealed runs: a server started where nothing can leave unseen, and marked prompts looked for in all it sends."""
