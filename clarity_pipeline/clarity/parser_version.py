"""Which parser this release has; the first had no number.

A job keeps that of the parser that refused its answer. Raise it with every change of `answer` that reads what was refused before:
then the next sync reads the refused answers of the vault again, without a call.
"""

PARSER_VERSION = 2
