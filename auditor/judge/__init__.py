"""Facts, policy and knowledge to findings: a pure function. One module per group of controls."""
