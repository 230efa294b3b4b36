"""What pages may load, told to browsers with every answer (W3C CSP 3)."""

SCRIPTED = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""Of a page with a script of ours that asks this server again: no script but files of ours, none that stands in it."""
