"""Which normaliser this release has.

The warehouse keeps it with every load, so that a file says what its rows were made by. Raise it with every change that makes
other rows of the same answer (a measure, the URL rules, a mask): then
`select distinct normaliser_version from clarity_lane_loads` shows what `clarity-pipeline replay` has not made anew.
"""

NORMALISER_VERSION = 5
