"""The whole desk, as its users meet it."""
