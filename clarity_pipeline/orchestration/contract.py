"""The job `contract`: one call of a person's share that asks a live project what nobody could tell of Clarity."""

import dagster as dg

from clarity_pipeline.calls.contract_check import check_contract
from clarity_pipeline.home import Home
from clarity_pipeline.orchestration.failures import facts_as_failures


class OfBusiness(dg.Config):
    """Whose project is asked."""

    business: str


@dg.op(required_resource_keys={"home"}, description="Ask once, and show what the reply says; it holds nothing of a visitor.")
def ask_about_the_contract(context: dg.OpExecutionContext, config: OfBusiness) -> None:
    home: Home = context.resources.home
    with facts_as_failures(what="contract"):
        report = check_contract(home.capture, config.business)
        context.add_output_metadata(
            {"http_status": report.http_status, "report": dg.MetadataValue.md(report.markdown())}
            | {each.topic: each.says or "not told" for each in report.findings}
        )
        if report.error is not None:
            raise report.error


@dg.job(
    name="contract",
    description="Check a live project with one call against what is unknown of Clarity's API. The report can be shared.",
)
def contract_job() -> None:
    ask_about_the_contract()
