"""The judged audit in the formats of other tools; pure functions of the four documents, same input, same bytes."""
