"""The builder without a script: whole forms to and fro, both examples of the mission, problems at their fields, nothing lost."""

import html
import re
from html.parser import HTMLParser

import pytest

from clarity_pipeline.rules.book.rule_store import list_rules
from clarity_pipeline.rules.language.condition import LEAVES
from clarity_pipeline.rules.language.rule import Rule
from clarity_pipeline.rules.language.rule_files import read_rules, write_rules
from clarity_pipeline.rules.language.sentence import sentence
from clarity_pipeline_tests.panel.pages.conftest import LAST, LIVED, OTHER
from clarity_pipeline_tests.panel.running import RunningPanel, Visitor
from clarity_pipeline_tests.rules.made_up import rule, threshold

NEW = f"/businesses/{LIVED}/rules/build/new"


class Form(HTMLParser):
    """What a browser without a script would send of the builder's form."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.ticked: dict[str, list[str]] = {}
        self._select = self._text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        name = found.get("name", "")
        if tag == "input" and found.get("type") == "checkbox":
            if "checked" in found:
                self.ticked.setdefault(name, []).append(found.get("value", ""))
        elif tag == "input" and name:
            self.fields[name] = found.get("value", "")
        elif tag == "textarea":
            self._text, self.fields[name] = name, ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in found or self._select not in self.fields):
            self.fields[self._select] = found.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._text = ""
        if tag == "select":
            self._select = ""

    def handle_data(self, data: str) -> None:
        if self._text:
            self.fields[self._text] += data.removeprefix("\n")


def press(visitor: Visitor, page: str, do: str, path: str = NEW, **typed: str | list[str]) -> str:
    """The page after a button, the rest of the form as the page has it."""
    answer = visitor.post(path, **sent(page, do, **typed))
    assert answer.status_code == 200, answer.text
    return answer.text


def sent(page: str, do: str, **typed: str | list[str]) -> dict[str, str | list[str]]:
    form = Form(page)
    return {**form.fields, **form.ticked, "do": do, **typed}


def stored(panel: RunningPanel) -> dict[str, Rule]:
    with panel.panel.home.state.read() as connection:
        return {each.rule.id: each.rule for each in list_rules(connection)}


@pytest.fixture
def ann(lived_panel: RunningPanel) -> Visitor:
    return lived_panel.visitor("ann@agency.example")


def test_the_missions_first_example_is_built_by_hand(lived_panel: RunningPanel, ann: Visitor) -> None:
    """Pause spend when clarity_rage_click_rate exceeds a threshold over the last 7 days."""
    page = ann.get(NEW).text
    typed = {"when:metric": "clarity_rage_click_rate", "when:operator": "above", "when:value": "0.25", "when:window_days": "7"}
    page = press(ann, page, "look", name="Visitors are rage clicking", action="recommend_pause", **typed)
    assert "pause the spend when rage clicks per visit of a page over the last 7 days are above 0.25" in page
    answer = ann.post(NEW, **sent(page, "save"))
    assert (answer.status_code, answer.headers["location"]) == (303, f"/businesses/{LIVED}/rules")
    built = stored(lived_panel)["visitors-are-rage-clicking"]
    when = threshold("clarity_rage_click_rate", value=0.25, window_days=7)
    assert built == rule(when, id=built.id, name="Visitors are rage clicking", action="recommend_pause", businesses=[LIVED])
    assert "The rule is stored" in ann.get(f"/businesses/{LIVED}/rules").text


def test_the_missions_second_example_is_built_by_hand(lived_panel: RunningPanel, ann: Visitor) -> None:
    """Send an alert when clarity_dead_clicks spikes after a landing page change."""
    page = press(ann, ann.get(NEW).text, "add when", **{"when:add": "since_change"})
    page = press(ann, page, "remove when.0")
    page = press(ann, page, "look", name="Dead clicks after a change", scope="url", **{"when.0:signal": "dead_click"})
    assert "visits with dead clicks are worse beyond chance since the last change that somebody marked" in page
    assert ann.post(NEW, **sent(page, "save")).status_code == 303
    built = stored(lived_panel)["dead-clicks-after-a-change"]
    assert built.scope == "url"
    assert built.document()["when"]["all"][0]["since_change"]["signal"] == "dead_click"


@pytest.mark.parametrize("kind", LEAVES)
def test_each_kind_of_leaf_is_added_with_a_field_for_all_that_it_may_say(ann: Visitor, kind: str) -> None:
    page = press(ann, ann.get(NEW).text, "add when", **{"when:add": kind})
    shown = {name for name in Form(page).fields if name.startswith("when.1:")}
    assert {f"when.1:{name}" for name in LEAVES[kind].model_fields} <= shown
    assert page.count("autofocus") == 1, "the first field of what is new has the focus"


def test_the_preview_says_what_the_same_rule_says_from_the_command_line(lived_panel: RunningPanel, ann: Visitor) -> None:
    asked = rule(threshold("clarity_sessions", value=1, window_days=1), id="any", businesses=[LIVED])
    page = press(ann, ann.get(NEW).text, "read", yaml=write_rules([asked]))
    previewed = lived_panel.panel.trials.preview([asked], LIVED)
    assert [each.outcome for each in previewed.found] == ["fired"]
    assert previewed.day == LAST
    assert f"It holds on {LAST.day} {LAST:%B %Y}." in page
    assert html.escape(sentence(asked)) in page
    far = rule(threshold("clarity_sessions", value=10**9), id="any", businesses=[LIVED])
    assert "Does not fire" in press(ann, page, "read", yaml=write_rules([far]))


def test_a_rule_that_cannot_answer_says_why(ann: Visitor) -> None:
    typed = {"when:metric": "clarity_dead_clicks", "when:operator": "above", "when:value": "1", "when:min_sessions": "900000000"}
    page = press(ann, ann.get(NEW).text, "look", **typed)
    assert "No answer" in page
    assert "900,000,000" in page


def test_yaml_goes_in_and_comes_out_as_the_same_text(ann: Visitor) -> None:
    asked = rule({"any": [threshold(), {"not": {"spike": {"signal": "rage_click"}}}]}, id="mine", channels=["ops"], for_days=2)
    text = write_rules([asked])
    page = press(ann, ann.get(NEW).text, "read", yaml=text)
    (shown,) = re.findall(r'<pre class="yaml"[^>]*>(.*?)</pre>', page, re.DOTALL)
    assert html.unescape(shown) == text
    (again,) = read_rules(html.unescape(shown), source="the page")
    assert again == asked


def test_yaml_that_is_no_rule_is_told_and_neither_it_nor_the_form_is_lost(ann: Visitor) -> None:
    page = press(ann, ann.get(NEW).text, "look", name="Half done")
    wrong = "id: x\nname: y\nwhen: {threshold: {metric: clarity_sesions, operator: above, value: 1}}"
    answer = ann.post(NEW, **sent(page, "read", yaml=wrong))
    assert answer.status_code == 422
    assert "did you mean clarity_sessions?" in answer.text
    assert "clarity_sesions, operator: above" in answer.text
    assert Form(answer.text).fields["name"] == "Half done"


def test_what_is_wrong_stands_at_its_field_with_the_focus_and_nothing_is_stored(lived_panel: RunningPanel, ann: Visitor) -> None:
    page = press(ann, ann.get(NEW).text, "look", name="Too long", **{"when:metric": "clarity_sessions", "when:value": "1"})
    answer = ann.post(NEW, **sent(page, "save", **{"when:window_days": "400", "when:operator": "above"}))
    assert answer.status_code == 422
    (field,) = re.findall(r'<input id="when:window_days"[^>]*>', answer.text)
    assert 'aria-invalid="true"' in field
    assert 'aria-describedby="when:window_days-problem' in field
    assert "autofocus" in field
    assert 'value="400"' in field
    assert stored(lived_panel) == {}


@pytest.mark.parametrize("do", ["look", "past"])
def test_what_keeps_a_rule_from_being_tried_stands_at_its_field_too_and_it_needs_no_name(ann: Visitor, do: str) -> None:
    typed = {"when:metric": "clarity_sessions", "when:value": "lots", "when:operator": "above"}
    page = press(ann, ann.get(NEW).text, do, **typed)
    assert "Not tried: 1 field to mend" in page
    (field,) = re.findall(r'<input id="when:value"[^>]*>', page)
    assert 'aria-invalid="true"' in field
    assert "autofocus" in field


def test_a_limit_below_one_is_not_told_as_0(ann: Visitor) -> None:
    typed = {"when:metric": "clarity_dead_clicks", "when:value": "0.03", "when:operator": "above"}
    assert "above 0.03" in press(ann, ann.get(NEW).text, "look", **typed).partition("<dt>Limit</dt>")[2][:80]


def test_the_chosen_of_many_businesses_stand_first(lived_panel: RunningPanel, ann: Visitor) -> None:
    for number in range(30):
        lived_panel.panel.home.connections.add_without_clarity(f"aa-{number:02}", name="Aa", actor="cli:test")
    first = re.findall(r'<input type="checkbox" name="businesses" value="([^"]*)"', ann.get(NEW).text)[0]
    assert first == LIVED


def test_what_strangers_wrote_is_escaped_everywhere(ann: Visitor) -> None:
    page = press(ann, ann.get(NEW).text, "look", name='<script>alert("x")</script>', **{"when:metric:own": "<b>&'\""})
    assert "<script>alert" not in page
    assert "<b>&" not in page
    assert "&lt;script&gt;alert" in page


def test_two_tabs_do_not_undo_each_other_unseen(lived_panel: RunningPanel, ann: Visitor) -> None:
    typed = {"when:metric": "clarity_sessions", "when:operator": "above", "when:value": "1"}
    assert ann.post(NEW, **sent(ann.get(NEW).text, "save", name="Mine", **typed)).status_code == 303
    edit = f"/businesses/{LIVED}/rules/mine/edit"
    one, other = ann.get(edit).text, ann.get(edit).text
    assert ann.post(edit, **sent(one, "save", **{"when:value": "2"})).status_code == 303
    refused = ann.post(edit, **sent(other, "save", **{"when:value": "3"}))
    assert refused.status_code == 409
    assert "somebody has changed this rule" in refused.text.lower()
    assert stored(lived_panel)["mine"].document()["when"]["threshold"]["value"] == 2
    assert ann.post(edit, **sent(refused.text, "save")).status_code == 303, "the second time it is meant"
    assert stored(lived_panel)["mine"].document()["when"]["threshold"]["value"] == 3


def test_a_new_rule_does_not_take_the_place_of_one_that_is_there(lived_panel: RunningPanel, ann: Visitor) -> None:
    typed = {"when:metric": "clarity_sessions", "when:operator": "above", "when:value": "1", "name": "Mine"}
    assert ann.post(NEW, **sent(ann.get(NEW).text, "save", **typed)).status_code == 303
    refused = ann.post(NEW, **sent(ann.get(NEW).text, "save", **{**typed, "when:value": "9"}))
    assert refused.status_code == 422
    assert "There is a rule called mine already" in refused.text
    assert stored(lived_panel)["mine"].document()["when"]["threshold"]["value"] == 1


def test_without_published_numbers_a_rule_is_built_all_the_same(lived_panel: RunningPanel, ann: Visitor) -> None:
    lived_panel.panel.home.settings.published_file.unlink()
    typed = {"when:metric": "clarity_sessions", "when:operator": "above", "when:value": "1", "name": "Mine"}
    page = press(ann, ann.get(NEW).text, "look", **typed)
    assert "No numbers are published yet" in page
    assert ann.post(NEW, **sent(page, "save")).status_code == 303


def test_a_client_builds_nothing_and_no_rule_of_another_is_edited_at_a_business(lived_panel: RunningPanel, ann: Visitor) -> None:
    typed = {"when:metric": "clarity_sessions", "when:operator": "above", "when:value": "1", "name": "Of the other"}
    other = f"/businesses/{OTHER}/rules/build/new"
    assert ann.post(other, **sent(ann.get(other).text, "save", **typed)).status_code == 303
    assert ann.get(f"/businesses/{OTHER}/rules/of-the-other/edit").status_code == 200
    assert ann.get(f"/businesses/{LIVED}/rules/of-the-other/edit").status_code == 404
    cleo = lived_panel.visitor("cleo@client.example")
    assert cleo.get(NEW).status_code == 403
    assert cleo.post(NEW, do="save").status_code == 403
    assert "Of the other" not in cleo.get(f"/businesses/{LIVED}/rules").text


def test_a_reload_after_a_form_was_refused_shows_the_form(ann: Visitor) -> None:
    assert ann.post(NEW, do="save").status_code == 422
    assert ann.get(NEW).status_code == 200


def test_a_ready_rule_is_the_form_filled(ann: Visitor) -> None:
    page = ann.get(f"{NEW}?ready=visits-halved").text
    assert Form(page).fields["when:ratio"] == "0.5"
    assert "what is normal on the same weekdays of the 4 weeks before" in page


def test_a_rule_that_is_not_stored_is_tried_on_90_days_with_its_messages_counted(lived_panel: RunningPanel, ann: Visitor) -> None:
    typed = {"when:metric": "clarity_sessions", "when:operator": "above", "when:value": "1", "when:window_days": "1"}
    page = press(ann, ann.get(NEW).text, "past", **typed)
    assert "It would have told 1 alert, 13 messages to each channel" in page
    assert page.count('class="said fired"') == 90
    assert stored(lived_panel) == {}
    assert "It would have told" not in press(ann, page, "look")
    assert "It would have told" not in press(ann, ann.get(NEW).text, "past"), "a rule that is not whole is not tried"
