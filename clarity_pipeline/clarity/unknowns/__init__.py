"""What one live call says about the things that nobody could tell of Clarity (`docs/clarity-api.md#unknown`). Pure.

Called by `contract_check` with the reply to the question `dimensions.CONTRACT`. What it says can be shared with strangers: every
word is written here. Of the reply it repeats names that we know, differing in case at most, and counts as orders of magnitude;
never a value, a name that Clarity or a visitor chose, a header's text, or a letter of a body.
"""
