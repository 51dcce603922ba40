"""Which normaliser and which parser this release has.

The normaliser's is kept by the warehouse with every load, so that a file says what its rows were made by. Raise it with every
change that makes other rows of the same answer (a measure, the URL rules, a mask): then
`select distinct normaliser_version from clarity_lane_loads` shows what `clarity-pipeline replay` has not made anew.
"""

NORMALISER_VERSION = 4

PARSER_VERSION = 2
"""Which parser this release has; the first had no number. Raise it with every change that reads what was refused before: then the
next sync reads the refused answers of the vault again, without a call."""
