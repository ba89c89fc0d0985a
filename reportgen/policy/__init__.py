"""The IAM policy language: what a policy says, what it decides, what it leads to.

Stands alone: it needs the action database and nothing else of reportgen.
"""
