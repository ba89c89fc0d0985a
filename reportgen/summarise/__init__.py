"""Periods, positions and movement. pandas lives here."""
