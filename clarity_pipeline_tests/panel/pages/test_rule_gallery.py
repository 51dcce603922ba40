"""Ready rules with their past at this very business, switched on and off; a rule's own page; nothing of another's is seen."""

import re
from datetime import timedelta

import pytest

from benchmarks.alerts.sites import FIRST
from clarity_pipeline.alerts.record import record
from clarity_pipeline.panel.views.plain_words import in_words
from clarity_pipeline.panel.views.rule_gallery import Own, gallery, measured_at, own_of, with_why
from clarity_pipeline.panel.views.wording import day
from clarity_pipeline.rules.book.rule_store import import_rules, list_rules
from clarity_pipeline.rules.engine.needs import needs_of
from clarity_pipeline.rules.judging.inputs import read_known
from clarity_pipeline.rules.judging.judgement import judge
from clarity_pipeline.rules.language.ready import library
from clarity_pipeline.rules.language.rule import Rule
from clarity_pipeline.rules.language.rule_files import read_rules
from clarity_pipeline.rules.markers.markers import Markers
from clarity_pipeline.warehouse.published.published_file import PublishedFile
from clarity_pipeline_tests.panel.pages.conftest import LAST, LIVED, OTHER
from clarity_pipeline_tests.panel.running import RunningPanel, Visitor
from clarity_pipeline_tests.rules.made_up import rule, threshold

READY = f"/businesses/{LIVED}/rules/ready/all"
RULES = f"/businesses/{LIVED}/rules"


def stored(panel: RunningPanel) -> dict[str, Rule]:
    with panel.panel.home.state.read() as connection:
        return {each.rule.id: each.rule for each in list_rules(connection)}


def keep(panel: RunningPanel, *rules: Rule) -> None:
    import_rules(panel.panel.home.state, clock=panel.panel.clock, rules=rules, author="panel:secret@agency.example")


@pytest.fixture
def ann(lived_panel: RunningPanel) -> Visitor:
    return lived_panel.visitor("ann@agency.example")


def test_each_ready_rule_says_what_it_would_have_told_here(lived_panel: RunningPanel, ann: Visitor) -> None:
    page = ann.get(READY).text
    assert all(each.rule.name in page for each in library())
    shown = gallery(lived_panel.panel.home, lived_panel.panel.trials, LIVED)
    assert shown.problem is None
    assert shown.visits_a_day == 1050
    assert "false alarms a year at about" in page
    own = {each.rule.id: each.own for each in shown.cards}
    halved = own["visits-halved"]
    assert halved is not None
    assert (halved.days_with_data, halved.incidents, halved.subjects) == (90, 0, 1)
    assert halved.words in page
    assert stored(lived_panel) == {}, "looking switches nothing on"


def test_false_alarms_are_those_of_the_measured_size_that_is_nearest() -> None:
    measured = next(each.measured for each in library() if each.rule.id == "rage-clicks-jump")
    assert measured_at(measured, 450).startswith("0.10 false alarms a year at about 400 visits a day")
    assert measured_at(measured, 90_000).startswith("0.13 false alarms a year at about 20,000 visits a day")
    assert measured_at(measured, 0) == ""


def test_rules_are_switched_on_for_this_business_for_some_and_for_all(lived_panel: RunningPanel, ann: Visitor) -> None:
    assert ann.post(READY, only="visits-halved").headers["location"] == RULES
    assert stored(lived_panel)["visits-halved"].businesses == (LIVED,)
    answer = ann.post(READY, rules=["errors-jump", "bots-take-over"], whom="some", businesses=[LIVED, OTHER])
    assert answer.status_code == 303
    assert {each.businesses for name, each in stored(lived_panel).items() if name != "visits-halved"} == {(LIVED, OTHER)}
    assert ann.post(READY, rules=["visits-halved"], whom="every").status_code == 303
    assert stored(lived_panel)["visits-halved"].businesses == "all"
    assert len(stored(lived_panel)) == 3


@pytest.mark.parametrize("form", [{}, {"rules": "visits-halved", "whom": "some"}, {"rules": "no-such-rule"}])
def test_nothing_chosen_is_said_and_changes_nothing(lived_panel: RunningPanel, ann: Visitor, form: dict[str, str]) -> None:
    answer = ann.post(READY, **form)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert stored(lived_panel) == {}


def test_a_rules_page_shows_a_chart_of_90_days_and_every_message_that_would_have_gone_out(
    lived_panel: RunningPanel, ann: Visitor
) -> None:
    keep(lived_panel, rule(threshold("clarity_sessions", value=1, window_days=1), id="any"))
    Markers(lived_panel.panel.home.state, clock=lived_panel.panel.clock).add(
        lived_panel.panel.home.connections.get(LIVED),
        url=None,
        at=lived_panel.panel.clock() - timedelta(days=20),
        note="New <checkout>",
        author="panel:ann",
    )
    page = ann.get(f"{RULES}/any").text
    assert page.count('class="said fired"') == 90
    assert "1 alert, 13 messages to each channel" in page
    assert "1 alert, 12 reminders, 0 that it is over" in page
    assert "New &lt;checkout&gt;" in page
    assert "90 days fire, 0 do not, 0 without an answer" in page


def test_why_and_why_not_have_every_leaf_with_its_number_and_limit(lived_panel: RunningPanel, ann: Visitor) -> None:
    keep(
        lived_panel,
        rule({"all": [threshold("clarity_sessions", value=1), threshold("clarity_dead_clicks", value=10**8)]}, id="two"),
    )
    page = ann.get(f"{RULES}/two?day={LAST - timedelta(days=3)}").text
    assert "as it would be judged now; nothing was recorded" in page
    assert re.findall(r'<span class="badge (?:bad|good)">(Yes|No)</span>', page) == ["Yes", "No"]
    assert "above 100,000,000" in page
    for odd in ("2999-01-01", "tomorrow", "0001-01-01"):
        assert ann.get(f"{RULES}/two?day={odd}").status_code == 200


def test_why_is_told_as_it_was_recorded_where_it_was(lived_panel: RunningPanel, ann: Visitor) -> None:
    home = lived_panel.panel.home
    keep(lived_panel, rule(threshold("clarity_sessions", value=1, window_days=1), id="any", businesses=[LIVED]))
    with home.state.read() as facts, PublishedFile(home.settings.published_file).connect() as rows:
        rules = list_rules(facts)
        asked = [each.rule for each in rules]
        known = read_known(facts, rows, now=home.clock(), rules=asked, business_ids=[LIVED], from_date=LAST, to_date=LAST)
        judged = list(judge(rules, known=known[LIVED], days=[LAST]))
    record(home.state, clock=home.clock, judgements=judged)
    keep(lived_panel, rule(threshold("clarity_sessions", value=10**8, window_days=1), id="any", businesses=[LIVED]))
    page = ann.get(f"{RULES}/any").text
    assert "as it was judged then" in page
    assert "are above 1</span>" in page, "as the rule was then"
    assert "as it would be judged now" in ann.get(f"{RULES}/any?day={LAST - timedelta(days=1)}").text


def test_a_rule_is_changed_compared_and_restored_with_who_did_it(lived_panel: RunningPanel, ann: Visitor) -> None:
    keep(lived_panel, rule(threshold(value=1), id="mine"))
    keep(lived_panel, rule(threshold(value=2), id="mine"))
    page = ann.get(f"{RULES}/mine").text
    assert "when.threshold.value: 1.0 → 2.0" in page
    assert "secret@agency.example" in page
    assert ann.post(f"{RULES}/mine", do="restore", revision="1", present="1").status_code == 409
    assert ann.post(f"{RULES}/mine", do="restore", revision="1", present="2").status_code == 303
    assert stored(lived_panel)["mine"] == rule(threshold(value=1), id="mine")
    assert ann.post(f"{RULES}/mine", do="explode").status_code == 404


def test_a_rule_is_switched_off_here_and_stays_on_elsewhere(lived_panel: RunningPanel, ann: Visitor) -> None:
    keep(lived_panel, rule(threshold(), id="mine"))
    assert ann.post(f"{RULES}/mine", do="off").headers["location"] == RULES
    assert stored(lived_panel)["mine"].businesses == (OTHER,)
    assert ann.get(f"{RULES}/mine").status_code == 404, "it is none of this business any more"


def test_a_client_reads_rules_of_their_own_without_a_word_of_others(lived_panel: RunningPanel) -> None:
    keep(
        lived_panel,
        rule(threshold(), id="both", businesses=[LIVED, OTHER], channels=["ops-of-the-agency"]),
        rule(threshold(), id="theirs", businesses=[OTHER]),
        rule(threshold(), id="off", businesses=[LIVED], enabled=False),
    )
    cleo = lived_panel.visitor("cleo@client.example")
    page = cleo.get(f"{RULES}/both")
    assert page.status_code == 200
    for word in (OTHER, "ops-of-the-agency", "secret@agency.example", "Restore", "Switch off", "As YAML"):
        assert word not in page.text
    for hidden in ("theirs", "off", "visits-halved"):
        assert cleo.get(f"{RULES}/{hidden}").status_code == 404
    assert cleo.get(f"{RULES}/both/yaml").status_code == 403
    assert cleo.get(READY).status_code == 403
    assert cleo.post(f"{RULES}/both", do="off").status_code == 403


def test_a_rule_comes_out_as_the_text_that_its_import_reads(lived_panel: RunningPanel, ann: Visitor) -> None:
    mine = rule({"not": threshold()}, id="mine", name="Küche — <b>")
    keep(lived_panel, mine)
    answer = ann.get(f"{RULES}/mine/yaml")
    assert answer.headers["content-type"].startswith("text/yaml")
    assert read_rules(answer.content.decode(), source="x") == (mine,)


def test_all_rules_of_a_business_come_out_as_one_text_that_goes_in_again(lived_panel: RunningPanel, ann: Visitor) -> None:
    mine, theirs = rule(threshold(value=1), id="mine"), rule(threshold(), id="theirs", businesses=[OTHER])
    keep(lived_panel, mine, theirs)
    text = ann.get(f"{RULES}/file/yaml").content.decode()
    assert read_rules(text, source="x") == (mine,)
    answer = ann.post(f"{RULES}/file/import", yaml=text.replace("value: 1.0", "value: 3.0"))
    assert answer.headers["location"] == RULES
    assert "0 rules added, 1 changed, 0 as they were." in ann.get(RULES).text
    assert stored(lived_panel)["mine"].document()["when"]["threshold"]["value"] == 3
    wrong = ann.post(f"{RULES}/file/import", yaml="rules: [{id: <b>, name: x}]")
    assert wrong.status_code == 422
    assert "Nothing was stored." in wrong.text
    assert "[{id: &lt;b&gt;, name: x}]" in wrong.text
    assert lived_panel.visitor("cleo@client.example").get(f"{RULES}/file/yaml").status_code == 403


def test_rules_that_are_off_are_listed_folded_and_switched_on_where_they_stand(lived_panel: RunningPanel, ann: Visitor) -> None:
    keep(
        lived_panel,
        rule(threshold(), id="off", name="Slumbers", businesses=[LIVED], enabled=False),
        rule(threshold(), id="theirs", name="Of others", businesses=[OTHER], enabled=False),
    )
    page = ann.get(RULES).text
    assert "1 rule switched off</summary>" in page
    assert "Of others" not in page
    assert "Slumbers" not in lived_panel.visitor("cleo@client.example").get(RULES).text
    assert ann.post(f"{RULES}/off", do="on").status_code == 303
    assert stored(lived_panel)["off"].concerns(LIVED)
    assert "switched off</summary>" not in ann.get(RULES).text


def test_a_rule_that_has_too_few_days_says_when_its_first_answer_is_possible_and_then_which_it_was(
    lived_panel: RunningPanel,
) -> None:
    trials = lived_panel.panel.trials
    rules = {each.rule.id: each.rule for each in library()}
    tried = rules["dead-clicks-jump"]
    needed = needs_of(tried).days

    def after(days: int) -> Own:
        return own_of(trials.replay([tried], LIVED, from_date=FIRST, to_date=FIRST + timedelta(days=days - 1)), tried)

    before, then = after(needed - 1), after(needed + 4)
    assert before.words == f"No answer yet: its first answer is possible for {day(FIRST + timedelta(days=needed - 1))}."
    assert then.first_answer == FIRST + timedelta(days=needed - 1), "what a rule is said to need is what it needs"
    assert f"with an answer on 5 of {needed + 4} days, the first on {day(then.first_answer)}" in then.words


def test_dates_before_the_first_one_with_data_are_no_fault_of_a_rule(lived_panel: RunningPanel) -> None:
    tried = rule(threshold("clarity_sessions", value=10**8, window_days=1), id="any")
    trials = lived_panel.panel.trials
    own = own_of(trials.replay([tried], LIVED, from_date=FIRST - timedelta(days=60), to_date=FIRST + timedelta(days=9)), tried)
    assert own.words == "It would have told nothing in 10 days with data."
    assert own.unknown_share == 0


def test_why_there_is_no_answer_is_told_of_the_newest_date_and_in_words(lived_panel: RunningPanel) -> None:
    tried = rule(threshold("clarity_rage_click_rate", min_sessions=10**9), id="any")
    trials = lived_panel.panel.trials
    own = own_of(trials.replay([tried], LIVED, from_date=FIRST - timedelta(days=60), to_date=LAST), tried)
    said = with_why(trials, own, tried, LIVED).words
    assert said.startswith("No answer on any of 100 days with data: only ")
    assert said.endswith("the rule wants 1,000,000,000.")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            "clarity_rage_click_sessions has no data on 2026-11-09",
            "visits of pages with rage clicks has no data on 9 November 2026",
        ),
        ("url_clarity_sessions; entity.spend", "visits on the page; spend"),
        ("url_device: rows; new_connection since", "by device: rows; a new connection since"),
        ("clarity_no_such_thing of autumn_sale", "no such thing of autumn_sale"),
        ("It is so. `clarity-pipeline doctor` says why.", "It is so."),
        ("a change (`clarity-pipeline markers add`), marked", "a change, marked"),
        ("not added up: `clarity-pipeline update SLUG --currency EUR` says what; more", "not added up; more"),
        ("Needs `clarity-pipeline entities import`; set entity.spend", "Needs imported ads; set spend"),
        ("2026-13-45", "2026-13-45"),
    ],
)
def test_a_sentence_of_the_engine_is_read_without_code_names_and_commands(said: str, words: str) -> None:
    assert in_words(said) == words
