"""The command line: one registry of commands."""
