"""Judgement: pure checks over typed facts."""
