"""The desktop app (PySide6 Widgets): runs the command line as a child and shows what it says."""
