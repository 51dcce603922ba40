"""A docstring that says who calls it is right, or does not say it."""

from clarity_pipeline_tests.house.callers import claims, claims_of, is_true, others


def test_every_claim_names_callers_that_can_be_looked_up() -> None:
    unnamed = [f"{claim.module}:{claim.line}: {claim.sentence}" for claim in claims() if not claim.callers]
    assert unnamed == [], "name the modules, rooms or commands in backticks, or say nothing"


def test_every_named_caller_imports_the_module() -> None:
    false = [f"{c.module}:{c.line}: not called by `{caller}`" for c in claims() for caller in c.callers if not is_true(c, caller)]
    assert false == []


def test_who_is_said_to_be_the_only_caller_is() -> None:
    assert {f"{claim.module}:{claim.line}": others(claim) for claim in claims() if claim.alone and others(claim)} == {}


def test_a_false_claim_is_found() -> None:
    (claim,) = claims_of(
        "clarity_pipeline.clarity.client", '"""One call. Called by `one_call`, `badge` and by `sync`, which waits."""'
    )
    assert claim.callers == ("one_call", "badge", "sync")
    assert [is_true(claim, caller) for caller in claim.callers] == [True, False, False]
    (claim,) = claims_of("clarity_pipeline.clarity.client", '"""Used by `one_call` alone."""')
    assert claim.alone
    assert "clarity_pipeline.calls.capture" in others(claim)
    (claim,) = claims_of("clarity_pipeline.clarity.client", '"""Asked by whoever calls."""')
    assert claim.callers == ()
