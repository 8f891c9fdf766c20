"""Pure rules and words of the desk: no I/O, nothing of ours imported."""
