"""The story itself: collect, judge, compose, seal."""
