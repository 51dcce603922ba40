"""Three hundred made-up values, in every field of an answer, in imports, forms, rules and markers, and through failures.

Afterwards they are looked for in all that there is outside the vault: each file, each table, each line of output and log, each
page and each message; plain, percent-encoded, and in either case.
"""

import json
import logging
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography.fernet import Fernet

from clarity_pipeline.cli.main import run
from clarity_pipeline.rules.book.rule_store import import_rules
from clarity_pipeline.rules.language.rule_files import read_rules
from clarity_pipeline.simulator.faults import Fault, literal
from clarity_pipeline.vault.seal import sealed_with
from clarity_pipeline_tests.alerts.receiver import receiving
from clarity_pipeline_tests.cli.conftest import FIRES_AT_ONCE
from clarity_pipeline_tests.normalize.personal import DRAWN, KINDS, drawn, personal
from clarity_pipeline_tests.panel.running import running
from clarity_pipeline_tests.test_canary import contents
from clarity_pipeline_tests.world import PROJECT, World

TYPED = {
    "rule's name": "a rule is called what its author calls it, and messages say so",
    "marker's note": "the note of a change marker is one line in its author's own words, shown beside the change",
    "business's name": "a business is called what the agency calls it",
    "refused rule": "its author is told on the terminal which metric of their own is unknown; nothing of it is kept",
}
"""What a person typed to be shown again as it stands: kept, and looked for all the same, so that the search is known to find."""

SHOWN = ("", "/jobs", "/alerts", "/dashboard", "/quota")
DIMENSIONS = ("Url", "Device", "Source", "Medium", "Country", "Region", "Country/Region", "Campaign", "Channel")
ALL_KINDS = (*KINDS, *DRAWN)
ONE_IN_TWENTY = {"base62_16", "base64url_16", "nanoid"}
"""Letters drawn by chance that have words in them now and then; of the other kinds none may stay."""


@dataclass
class Planted:
    """Values by where they were planted; each is drawn once."""

    draw: random.Random
    by_place: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def of_each_kind(self, place: str) -> list[str]:
        """A new value of each kind."""
        found = [(kind, (personal if kind in KINDS else drawn)(kind, self.draw)) for kind in ALL_KINDS]
        self.by_place.setdefault(place, []).extend(found)
        return [value for _, value in found]

    def one(self, place: str) -> str:
        """A mail address, for where there is room for one."""
        value = personal("mail", self.draw)
        self.by_place.setdefault(place, []).append(("mail", value))
        return value


def answering(planted: Planted) -> Callable[[bytes], bytes]:
    """The ordinary answer with values in each of its fields, and in fields that we do not know."""
    places = {
        name: planted.of_each_kind(name)
        for name in ("path", "query", "parameter", "fragment", "user", "campaign", "source", "title", "referrer", "field")
    }

    def change(body: bytes) -> bytes:
        metrics = json.loads(body)
        numbers: dict[tuple[object, ...], int] = {}  # a tuple has the same values in each metric
        for metric in metrics:
            for row in metric["information"]:
                number = numbers.setdefault(tuple(row.get(name) for name in DIMENSIONS), len(numbers))
                of = {name: values[number % len(values)] for name, values in places.items()}
                encoded = {name: quote(value, safe="") for name, value in of.items()}
                further = {name: quote(values[-1 - number % len(values)], safe="") for name, values in places.items()}
                if "Url" in row:
                    row["Url"] = (
                        f"https://{encoded['user']}@roofmaster.example/konto/{encoded['path']}/a/{further['path']}?q={further['query']}&q={encoded['query']}"
                        f"&{encoded['parameter']}=1#{encoded['fragment']}"
                    )
                for name, place in (
                    ("Campaign", "campaign"),
                    ("Source", "source"),
                    ("Medium", "source"),
                    ("Channel", "campaign"),
                ):
                    if name in row:
                        row[name] = of[place]
                row["Title"] = f"Order of {of['title']}"
                row["Referrers"] = [{"Url": f"https://other.example/?from={encoded['referrer']}", of["field"]: 1}]
        metrics.append(
            {"metricName": f"Of {places['field'][0]}", "information": [{"name": places["title"][1], "sessionsCount": "3"}]}
        )
        return json.dumps(metrics, ensure_ascii=False).encode()

    return change


def files(planted: Planted, folder: Path, day: str) -> Iterator[list[str]]:
    """Commands that bring values by other doors."""
    ads, experiments = folder / "ads.csv", folder / "experiments.csv"
    lines = ["business,date,level,id,parent_id,name,landing_url,spend (EUR)"]
    names, pages = planted.of_each_kind("ad's name"), planted.of_each_kind("ad's page")
    for number, (name, page) in enumerate(zip(names, pages, strict=True)):
        lines.append(f'acme,{day},ad,ad-{number},,"Ad for {name}",https://roofmaster.example/lp?to={quote(page, safe="")},1.50')
    ads.write_text("\n".join(lines) + "\n")
    yield ["entities", "import", str(ads)]
    ads.write_text(lines[0] + f"\nacme,{day},ad,x,,{planted.one('refused file')},not a url,{planted.one('refused file')}\n")
    yield ["entities", "import", str(ads)]
    page = quote(planted.one("experiment's page"))
    experiments.write_text(
        "business,date,experiment,variant,is_control,url_pattern,campaign_pattern,visitors,conversions\n"
        f"acme,{day},checkout,a,true,https://roofmaster.example/a?mail={page},,100,7\n"
        f"acme,{day},checkout,b,,https://roofmaster.example/b,,90,9\n"
    )
    yield ["experiments", "import", str(experiments)]
    page, note = quote(planted.one("marker's page")), planted.one("marker's note")
    yield ["markers", "add", "acme", "--url", f"https://roofmaster.example/lp?m={page}#{page}", "--at", day, "--note", note]
    rules = folder / "rules.yaml"
    rules.write_text(FIRES_AT_ONCE.replace("Somebody came", planted.one("rule's name")))
    yield ["rules", "import", str(rules)]
    rules.write_text(FIRES_AT_ONCE.replace("clarity_sessions", planted.one("refused rule")))
    yield ["rules", "check", str(rules)]
    yield ["update", "acme", "--name", planted.one("business's name")]
    yield ["pages", "preview", "acme"]
    yield ["pages", "preview", "acme", "--json"]


def failing(planted: Planted) -> Iterator[list[Fault]]:
    """What Clarity answers on bad nights, with values in it."""

    def said() -> bytes:
        return json.dumps({"message": planted.of_each_kind("failure")}).encode()

    yield [literal(500, body=said())] * 12
    yield [literal(200, body=said() + b"[")] * 4
    yield [literal(200, body=b'[{"metricName":' + said() + b"}]")] * 4
    yield [literal(302, headers=(("Location", f"https://other.example/?{quote(planted.one('redirect'))}"),), body=said())]
    yield [literal(429, body=said())]
    yield [literal(401, body=said())]


def spellings(value: str) -> set[bytes]:
    """How it may stand somewhere, in lower case."""
    once = quote(value, safe="")
    found = {value, once, quote(once, safe=""), value.replace(" ", "+"), json.dumps(value)[1:-1], value.replace("/", "\\/")}
    return {each.lower().encode() for each in found}


def leaks(planted: Planted, places: list[tuple[str, bytes]]) -> dict[str, dict[str, list[str]]]:
    """By where it was planted and its kind, where it was found."""
    found: dict[str, dict[str, list[str]]] = {}
    lowered = [(name, content.lower()) for name, content in places]
    for planted_at, values in planted.by_place.items():
        for kind, value in values:
            needles = spellings(value)
            if where := [name for name, content in lowered if any(needle in content for needle in needles)]:
                found.setdefault(planted_at, {}).setdefault(f"{kind} {value}", []).extend(where)
    return found


@pytest.mark.slow("a week of good and bad nights by the real job, imports, rules, the panel")
def test_none_of_three_hundred_values_is_anywhere_but_in_the_sealed_vault(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    caplog.set_level(logging.DEBUG)
    world.vault_keys = (Fernet.generate_key().decode(),)
    planted = Planted(random.Random(24))
    world.name_site("roofmaster.example")
    with world.home() as home:
        import_rules(home.state, clock=home.clock, rules=read_rules(FIRES_AT_ONCE, source="test"))

    def clarity(*arguments: str) -> int:
        for name, value in world.environment.items():
            monkeypatch.setenv(name, value)
        return run(arguments)

    with receiving() as receiver:
        monkeypatch.setenv("CLARITY_ALERT_WEBHOOK_URL", receiver.url)
        monkeypatch.setenv("CLARITY_WEBHOOK_ALLOW", receiver.url.split("/")[2])
        receiver.answers = [500, 500]
        world.fake.script(PROJECT, *[replace(Fault(), change=answering(planted))] * 4)
        assert clarity("sync") == 0
        imported = [clarity(*command) for command in files(planted, tmp_path, str(world.now.date() - timedelta(days=1)))]
        assert imported == [0, 2, 2, 0, 0, 2, 0, 0, 0]
        folder = world.settings.published_file.parent
        folder.rename(tmp_path / "away")
        folder.write_text("")  # no folder, so that nothing can be published, also by root
        assert clarity("publish") == 1
        folder.unlink()
        (tmp_path / "away").rename(folder)
        assert [clarity("replay"), clarity("publish")] == [0, 0]
        for faults in failing(planted):
            world.later(days=1)
            world.fake.script(PROJECT, *faults)
            assert clarity("sync") != 0
        for command in ("status", "jobs", "alerts", "doctor", "audit", "quota", "plan", "contract"):
            clarity(command, *(["--json"] if command != "contract" else ["--help"]))
        assert clarity("vault", "check") == 0
    bodies = list(receiver.bodies)
    answers = list(world.settings.vault_folder.rglob("*.zst"))
    assert len(answers) > 4
    assert all(sealed_with(path.read_bytes()) for path in answers), "its bytes are searched as they lie"
    with running(world.settings, clock=lambda: world.now) as panel:
        panel.user("ann@agency.example", role="agency_admin")
        ann = panel.visitor("ann@agency.example")
        asked = ("/", "/acme", "/people", *(f"/api/v1/businesses{path}" for path in ("", *(f"/acme{name}" for name in SHOWN))))
        pages = [(f"page {path}", ann.get(path).content) for path in asked]
        form = planted.one("form")
        for path in ("/acme/edit", "/sign-in"):
            ann.post(path, project_id=form, token=form, password=form)
    output = capfd.readouterr()
    places = [
        *contents(world.folder, sealed=True),  # the vault's own bytes too
        ("out", output.out.encode()),
        ("err", output.err.encode()),
        ("log", caplog.text.encode()),
        *((f"message {number}", body) for number, body in enumerate(bodies)),
        *pages,
    ]
    assert sum(len(values) for values in planted.by_place.values()) > 300
    assert len(places) > 40
    found = leaks(planted, places)
    typed = {name: found.pop(name, None) for name in TYPED}
    assert all(typed.values()), "what was typed to be shown is found, so that the search is known to find"
    by_chance = [value for kinds in found.values() for value in kinds if value.split()[0] in ONE_IN_TWENTY]
    assert {place: kinds for place, kinds in found.items() if not set(kinds) <= set(by_chance)} == {}
    assert bodies
    assert len(by_chance) <= len(planted.by_place) * len(ONE_IN_TWENTY) / 20
