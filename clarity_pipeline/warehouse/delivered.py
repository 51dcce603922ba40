"""The tables of what people deliver in files, beside what Clarity tells: ad entities and experiments.

The vault cannot tell them, so `rebuild` takes them over as they stand; they age with their dates (`days.forget_before`).
"""

TABLES = ("ad_entities", "experiments")
