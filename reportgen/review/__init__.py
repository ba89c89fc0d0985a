"""Populations that can be shown whole, samples that anyone can draw again, and access reviews.

``population`` lists who has what, ``merkle`` and ``sampling`` let an auditor test a part of it,
``campaign`` freezes it for reviewers, ``workbook`` carries it to them and back, ``decisions`` keeps
what they decided, and ``outcome`` holds it against what later snapshots show.
"""
