"""A number that is known to be wrong, as `sync`, `doctor` and `status` tell of it."""

from clarity_pipeline.warehouse.findings import write_of_rows
from clarity_pipeline.warehouse.span import Span
from clarity_pipeline_tests.cli.conftest import Clarity
from clarity_pipeline_tests.trust.test_findings import edited
from clarity_pipeline_tests.world import DAY, OTHER_PROJECT, PROJECT, World


def test_a_number_that_cannot_be_is_told_by_sync_doctor_and_status_and_is_nowhere(clarity: Clarity, world: World) -> None:
    world.fake.script(PROJECT, edited("ScrollDepth", averageScrollDepth=900))
    ran = clarity("sync", "--strict")
    assert ran.status == 0
    assert ran.out.splitlines()[-1].startswith(
        "1 finding about the data (1 warning); acme 2026-05-03 url_device: scroll depth is missing on rows of "
    )
    doctor = clarity("doctor", "acme", "--json")
    assert [(each["code"], each["severity"]) for each in doctor.document if each["code"] == "number_out_of_range"] == [
        ("number_out_of_range", "warning")
    ]
    (status,) = clarity("status", "--json").document
    (finding,) = status["findings"]
    assert (finding["code"], finding["metric"], finding["since"], finding["times"]) == (
        "number_out_of_range", "scroll_depth", "2026-05-03", 1,
    )  # fmt: skip
    assert "acme: 1 finding about the data (1 warning)" in clarity("status").out


def test_a_wrong_number_of_an_earlier_release_is_told_and_strict_fails(clarity: Clarity, world: World) -> None:
    world.sync()
    with world.home() as home:
        home.connections.disable("acme")
        with home.warehouse.connect() as connection:
            connection.execute("update clarity_daily_metrics set scroll_depth = 130.5 where slice = 'url_device'")
            write_of_rows(connection, Span.of_day("acme", DAY))
    world.connect("globex", project_id=OTHER_PROJECT)
    ran = clarity("sync")
    assert ran.status == 0
    assert "(1 error" in ran.out.splitlines()[-1]
    assert "scroll depth is a number that cannot be, on rows of " in ran.out.splitlines()[-1]
    assert clarity("sync", "--strict").status == 1
    doctor = clarity("doctor", "acme", "--json")
    assert doctor.status == 1
    assert [(each["code"], each["severity"]) for each in doctor.document if each["code"] == "impossible_number"] == [
        ("impossible_number", "error")
    ]


def test_what_is_to_be_read_with_care_is_told_and_nothing_fails(clarity: Clarity, world: World) -> None:
    world.later(hours=5)  # a late answer holds hours of the next date
    ran = clarity("sync", "--strict")
    assert ran.status == 0
    assert ran.out.splitlines()[-1].startswith("4 findings about the data (4 warning); the worst: acme 2026-05-03 url_")
    doctor = clarity("doctor", "acme", "--json")
    assert ("date_not_covered", "warning") in {(each["code"], each["severity"]) for each in doctor.document}
    assert doctor.status == 0


def test_a_day_without_a_finding_has_no_line_of_them(after_a_day: Clarity) -> None:
    assert "about the data" not in after_a_day("status").out
    (status,) = after_a_day("status", "--json").document
    assert status["findings"] == []
