"""The evidence store: written once, verified at every read."""
