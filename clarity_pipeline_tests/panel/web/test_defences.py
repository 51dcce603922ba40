"""What the panel never does, seen in its source and in its answers: the smaller lines of OWASP ASVS 5 that nothing else holds."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from clarity_pipeline.panel.access.secret_links import new_secret
from clarity_pipeline.panel.web.headers import CONTENT_SECURITY_POLICY
from clarity_pipeline_tests.panel.access.test_policy import routes
from clarity_pipeline_tests.panel.running import PASSWORD, RunningPanel
from clarity_pipeline_tests.test_deploy import DEPLOY

ROOT = Path(__file__).parents[3]
PANEL = ROOT / "clarity_pipeline" / "panel"
RUNS_PROGRAMS = {"subprocess", "os.system", "os.popen", "pty", "os.execv", "os.spawnl"}
MAKES_CODE = {
    "eval",
    "exec",
    "compile",
    "pickle",
    "marshal",
    "shelve",
    "yaml.load",
    "yaml.unsafe_load",
    "from_string",
    "Template",
}
PLAIN_GENERATORS = {"random", "uuid.uuid1", "uuid.uuid4"}
BROKEN_HASHES = {"hashlib.md5", "hashlib.sha1", "hashlib.new"}


def used(source: str) -> Iterator[str]:
    """Names that are imported or called, `os.system` as that."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call):
            yield ast.unparse(node.func)
            if isinstance(node.func, ast.Attribute) and node.func.attr != "compile":  # `re.compile` is looked at below
                yield node.func.attr
            if ast.unparse(node.func) in {"re.compile", "re.fullmatch", "re.search", "re.match", "re.sub", "re.split"}:
                yield "literal" if isinstance(node.args[0], ast.Constant) else "made expression"


def found_in(sources: dict[str, str], names: set[str]) -> list[str]:
    return sorted(f"{file}: {name}" for file, source in sources.items() for name in set(used(source)) & names)


def sources() -> dict[str, str]:
    return {str(file.relative_to(PANEL)): file.read_text() for file in PANEL.rglob("*.py")}


def test_no_module_of_the_panel_runs_a_program() -> None:
    assert found_in(sources(), RUNS_PROGRAMS) == []
    assert found_in({"bad.py": "import os\nos.system('ls')"}, RUNS_PROGRAMS) == ["bad.py: os.system"]


def test_no_module_of_the_panel_makes_an_expression_or_code_of_input() -> None:
    assert found_in(sources(), MAKES_CODE | {"made expression"}) == []
    bad = "import re, pickle\nre.search(given, text)\nenvironment.from_string(given)"
    assert len(found_in({"bad.py": bad}, MAKES_CODE | {"made expression"})) == 3


def test_the_formats_of_the_panel_are_sentences_of_its_own() -> None:
    found = {name for name, text in sources().items() if re.search(r"\w\.format\(|format_map\(|\w % ", text)}
    assert found <= {"views/dashboard.py"}, "a format of what somebody typed would read what is ours"


def test_no_secret_of_the_panel_comes_from_a_plain_generator() -> None:
    assert found_in(sources(), PLAIN_GENERATORS) == []
    assert found_in({"bad.py": "from random import choice"}, PLAIN_GENERATORS) == ["bad.py: random"]


def test_no_module_of_the_panel_uses_a_broken_hash() -> None:
    assert found_in(sources(), BROKEN_HASHES) == []
    assert found_in({"bad.py": "import hashlib\nhashlib.md5(b'')"}, BROKEN_HASHES) == ["bad.py: hashlib.md5"]


def test_a_secret_has_256_bits_and_none_comes_twice() -> None:
    secrets = {new_secret() for _ in range(1000)}
    assert len(secrets) == 1000
    assert {len(each) for each in secrets} == {43}, "32 bytes in base64"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
def test_no_answer_lets_another_origin_read_it(panel: RunningPanel, origin: str) -> None:
    visitor = panel.visitor("max@agency.example")
    for method, path in (
        ("GET", "/api/v1/businesses"),
        ("OPTIONS", "/api/v1/businesses"),
        ("GET", "/account"),
        ("GET", "/nowhere"),
    ):
        headers = {"Origin": origin, "Access-Control-Request-Method": "GET"}
        answer = visitor.send(method, path, headers=headers)
        assert not [name for name in answer.headers if name.lower().startswith("access-control-")], (method, path)


def test_the_content_policy_names_what_asvs_asks_for() -> None:
    directives = dict(each.split(" ", 1) for each in CONTENT_SECURITY_POLICY.split("; "))
    wanted = {"default-src", "object-src", "base-uri", "frame-ancestors"}
    assert {directives[name] for name in wanted} == {"'none'"}
    assert {directives[name] for name in directives.keys() - wanted} == {"'self'"}


def test_text_is_sent_with_its_charset(panel: RunningPanel) -> None:
    visitor = panel.visitor("max@agency.example")
    page = visitor.get("/account")
    kinds = {visitor.get(path).headers["Content-Type"] for path in re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text)}
    assert {each.partition(";")[0] for each in kinds} == {"text/css", "text/javascript", "image/svg+xml"}
    assert all("charset=utf-8" in each for each in {*kinds, page.headers["Content-Type"]})
    assert visitor.get("/api/v1/health").headers["Content-Type"] == "application/json", "which is UTF-8 by itself"


def pages(panel: RunningPanel) -> dict[str, str]:
    ann = panel.visitor("ann@agency.example")
    code = panel.panel.invites.make("eve@agency.example", role="agency_member")
    shown = {
        path: ann.get(path).text
        for path in ("/account", "/account/second-factor", "/people", "/people/2", "/keys", "/businesses")
    }
    stranger = panel.visitor()
    return shown | {path: stranger.get(path).text for path in ("/sign-in", f"/invite?code={code}", "/sign-in/forgotten")}


def test_every_field_for_a_password_hides_it_and_lets_managers_fill_it(panel: RunningPanel) -> None:
    seen = 0
    for path, page in pages(panel).items():
        assert not re.search(r"maiden|favou?rite|secret question|hint", page, re.IGNORECASE), path
        assert "onpaste" not in page
        for field in re.findall(r"<input[^>]*>", page):
            if re.search(r'name="(password|present|new)"', field):
                seen += 1
                assert 'type="password"' in field, (path, field)
                assert re.search(r'autocomplete="(current|new)-password"', field), (path, field)
    assert seen >= 4


def test_the_way_out_is_on_every_page(panel: RunningPanel) -> None:
    mine = {path: page for path, page in pages(panel).items() if not path.startswith(("/sign-in", "/invite"))}
    assert [path for path, page in mine.items() if 'action="/sign-out"' not in page] == []


@pytest.mark.parametrize(
    "password", ["  Nine  LOUD geese at dawn  ", "nine loud geese at dawn " * 8, "Zwölf schöne Störche über dem Teich"]
)
def test_a_password_is_verified_as_it_was_typed(panel: RunningPanel, password: str) -> None:
    password = password[:200]
    assert panel.visitor("max@agency.example").post("/account/password", present=PASSWORD, new=password).status_code == 303
    others = {password.strip(), password.lower(), password[:72], password[:-1], password.replace("  ", " ")} - {password}
    for other in sorted(others)[:4]:
        assert panel.visitor().post("/sign-in", email="max@agency.example", password=other).status_code == 401, other
    assert panel.visitor().post("/sign-in", email="max@agency.example", password=password).status_code == 303


def test_a_new_panel_has_no_account(any_panel: RunningPanel) -> None:
    assert any_panel.panel.accounts.all() == []
    for email in ("admin", "admin@localhost", "admin@example.com", "root@example.com"):
        for password in ("admin", "password", "change-me", ""):
            assert any_panel.visitor().post("/sign-in", email=email, password=password).status_code in {401, 429}


def test_every_way_in_is_documented(panel: RunningPanel) -> None:
    """What a stranger may send a secret to, and a program a key: each stands in the table of the ways in."""
    told = (ROOT / "docs" / "security.md").read_text().partition("## Ways in")[2].partition("\n## ")[0]
    doors = {pattern for method, pattern, actions in routes(panel.app) if method == "POST" and set(actions) == {"enter"}}
    assert doors == {"/sign-in", "/sign-in/code", "/invite", "/sign-out", "/sign-in/forgotten"}, "a new one is documented first"
    assert [door for door in sorted(doors - {"/sign-out"}) if f"`{door}`" not in told] == []
    for way in ("/sign-in/openid", "Authorization: Bearer", "command line"):
        assert way in told


def test_only_the_documents_that_are_meant_are_there(panel: RunningPanel) -> None:
    stranger = panel.visitor()
    assert [stranger.get(path).status_code for path in ("/api/v1/openapi.json", "/api/v1/health")] == [200, 200]
    for path in ("/docs", "/redoc", "/openapi.json", "/metrics", "/debug", "/.git/config", "/.env", "/server-status", "/static/"):
        assert stranger.get(path).status_code == 404, path
    assert "version" not in stranger.get("/api/v1/health").text.lower()


def test_htmx_keeps_no_page_in_the_browser(panel: RunningPanel) -> None:
    page = panel.visitor("max@agency.example").get("/account").text
    assert '"history": "reload"' in page, "Back asks the server again"
    scripts = {file.name: file.read_text() for file in (PANEL / "static").iterdir() if file.suffix == ".js"}
    assert set(scripts) == {"htmx.min.js", "panel.js"}
    for name, text in scripts.items():
        kept = re.findall(r"localStorage|sessionStorage|indexedDB|document\.cookie|\bcaches\b", text)
        assert kept == [], f"{name} could keep something"


def test_the_example_for_nginx_speaks_tls_of_today_alone() -> None:
    text = (DEPLOY / "proxy" / "nginx.conf").read_text()
    assert re.findall(r"^\s*ssl_protocols (.+);$", text, re.MULTILINE) == ["TLSv1.2 TLSv1.3"]
    assert re.findall(r"^\s*listen (.+);$", text, re.MULTILINE) == ["443 ssl"], "and nothing in the clear"
