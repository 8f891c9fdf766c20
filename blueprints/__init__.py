"""The edge: each file parses, calls one thing, renders."""
