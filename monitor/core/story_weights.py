"""How comparisons of reports are weighed (stories.py), as tools/train_stories.py found it."""

JOIN_AT = -0.25
"""Logarithm of the odds from which a report joins a story."""

WEIGHTS = {
    "bias": -1.242,
    "nowhere": 0.397,
    "scene": 1.207,
    "named": 2.558,
    "watched": 0.318,
    "kind": 1.297,
    "headline": 0.27,
    "theme": 1.082,
    "what": 2.174,
    "covered": 1.553,
    "numbers": 2.229,
    "toll": 0.328,
    "day": 0.856,
    "soon": 1.047,
    "elsewhere": -2.032,
    "many": -0.63,
    "abroad": -2.454,
    "others": -1.046,
    "matter": -1.774,
    "whatever": -1.335,
    "growth": -2.311,
    "hurts": -1.266,
    "again": -1.497,
    "analysis": -2.821,
    "hours": -4.154,
}
"""Of each comparison of two reports."""
