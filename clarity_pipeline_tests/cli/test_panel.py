import os
import re
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
import requests

from clarity_pipeline.connections.secrets import load_secret_box
from clarity_pipeline.home import open_home
from clarity_pipeline.panel.access.second_factors import SecondFactors
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline_tests.cli.conftest import Clarity
from clarity_pipeline_tests.cli.running import SCRIPT, bare, run_on_a_terminal, run_script
from clarity_pipeline_tests.panel.running import running
from clarity_pipeline_tests.world import World

PASSWORD = "a pond full of herons"


@pytest.fixture
def password_file(tmp_path: Path) -> str:
    file = tmp_path / "password.txt"
    file.write_text(PASSWORD + "\n")
    return str(file)


def test_the_first_admin_signs_in_to_a_panel_that_the_command_serves(world: World, tmp_path: Path, password_file: str) -> None:
    """The console scripts, as somebody who has just installed them runs them."""
    made = run_script(
        "panel",
        "create-admin",
        "ann@agency.example",
        "--password-file",
        password_file,
        environment=world.environment,
        cwd=tmp_path,
    )
    assert (made.status, made.err) == (0, "")
    server = subprocess.Popen(
        [SCRIPT, "panel", "--port", "0"], env=bare(world.environment), cwd=tmp_path, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert server.stdout is not None
        address = re.search(r"http://127\.0\.0\.1:\d+", server.stdout.readline())
        assert address
        form = {"email": "ann@agency.example", "password": PASSWORD}
        answer = requests.post(f"{address[0]}/sign-in?of=secret", data=form, allow_redirects=False, timeout=30)
        assert answer.status_code == 303
        cookie = answer.headers["Set-Cookie"].partition(";")[0]
        found = requests.get(f"{address[0]}/api/v1/businesses", headers={"Cookie": cookie}, timeout=30).json()
        assert [each["business"] for each in found] == ["acme"]
    finally:
        server.send_signal(signal.SIGINT)
        out, err = server.communicate(timeout=30)
    assert server.returncode == 0
    assert out == "The panel has ended.\n"
    assert [re.sub(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ INFO | \d+ ms", "", line) for line in err.splitlines()] == [
        "POST /sign-in 303 -",
        "GET /api/v1/businesses 200 user:1",
    ]


def test_a_password_is_asked_for_twice_and_not_shown(world: World) -> None:
    status, seen = run_on_a_terminal(
        "panel", "create-admin", "ann@agency.example", environment=world.environment,
        typed=("Password", f"{PASSWORD}\n"), then=("Once more", f"{PASSWORD}\n"),
    )  # fmt: skip
    assert status == 0, seen
    assert PASSWORD not in seen
    assert "can sign in as an agency admin" in seen


def test_a_weak_password_a_bad_address_and_an_account_twice_are_refused(
    clarity: Clarity, tmp_path: Path, password_file: str
) -> None:
    weak = tmp_path / "weak.txt"
    weak.write_text("short")
    create = ("panel", "create-admin")
    refused = clarity(*create, "ann@agency.example", "--password-file", str(weak))
    assert (refused.status, "12 to 200 characters" in refused.error) == (2, True)
    refused = clarity(*create, "ann", "--password-file", password_file)
    assert (refused.status, "e-mail address" in refused.error) == (2, True)
    refused = clarity(*create, "ann@agency.example", "--password-file", "/nowhere")
    assert (refused.status, "cannot be read" in refused.error) == (2, True)
    assert clarity(*create, "ann@agency.example", "--password-file", password_file).status == 0
    refused = clarity(*create, "ANN@agency.example", "--password-file", password_file)
    assert (refused.status, "account with that e-mail address already" in refused.error) == (2, True)


def test_an_invite_prints_one_link_where_browsers_will_find_the_panel(
    clarity: Clarity, monkeypatch: pytest.MonkeyPatch, password_file: str
) -> None:
    link = clarity("panel", "invite", "cleo@acme.example", "--role", "client", "--business", "acme").out
    assert re.fullmatch(r"http://127\.0\.0\.1:8400/invite\?code=[\w-]{43}\n", link)
    monkeypatch.setenv("CLARITY_PANEL_ORIGIN", "https://panel.agency.example/")
    link = clarity("panel", "invite", "max@agency.example", "--role", "agency_member").out
    assert link.startswith("https://panel.agency.example/invite?code=")
    clarity("panel", "create-admin", "ann@agency.example", "--password-file", password_file)
    assert clarity("panel", "invite", "ann@agency.example").out.startswith("https://panel.agency.example/invite?code=")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("cleo@acme.example",), "--role"),
        (("cleo@acme.example", "--role", "client"), "choose at least one"),
        (("cleo@acme.example", "--role", "client", "--business", "nowhere"), "does not exist"),
        (("cleo", "--role", "agency_admin"), "e-mail address"),
    ],
)
def test_an_invite_that_cannot_be_says_why(clarity: Clarity, arguments: tuple[str, ...], told: str) -> None:
    refused = clarity("panel", "invite", *arguments)
    assert (refused.status, told in refused.error, refused.out) == (2, True, "")


def test_a_panel_that_others_could_reach_needs_an_origin(clarity: Clarity) -> None:
    refused = clarity("panel", "--host", "0.0.0.0")
    assert (refused.status, "CLARITY_PANEL_ORIGIN" in refused.error) == (2, True)


@pytest.mark.parametrize("proxy", ["*", "0.0.0.0/0", "::/0", "proxy.internal"])
def test_nobody_trusts_everybody_to_say_where_they_come_from(clarity: Clarity, proxy: str) -> None:
    ran = clarity("panel", "--trusted-proxy", proxy)
    assert (ran.status, "give the proxy's IP address" in ran.err) == (2, True)


def test_a_port_that_is_taken_is_said_in_a_line(clarity: Clarity, world: World) -> None:
    taken = world.fake.base_url.rpartition(":")[2]
    refused = clarity("panel", "--port", taken)
    assert (refused.status, "--port" in refused.error, taken in refused.error) == (1, True, True)


@pytest.mark.parametrize("missing", ["fastapi", "python_multipart", "uvicorn", "zxcvbn_rs_py"])
def test_without_the_extra_one_line_says_how_to_install_it(world: World, missing: str) -> None:
    code = f"import sys; sys.modules[{missing!r}] = None\nfrom clarity_pipeline.cli.main import run\nsys.exit(run(['panel']))"
    environment = {**os.environ, **world.environment}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False, timeout=90)
    assert done.returncode == 1
    assert done.stderr == f"error: the panel needs more packages ({missing}): pip install 'clarity-pipeline[panel]'\n"


def test_a_lost_second_factor_is_taken_away_by_command(clarity: Clarity, password_file: str) -> None:
    reset = ("panel", "reset-second-factor")
    refused = clarity(*reset, "ann@agency.example")
    assert (refused.status, "No account has the address" in refused.error) == (1, True)
    clarity("panel", "create-admin", "ann@agency.example", "--password-file", password_file)
    assert "had no second factor" in clarity(*reset, "ann@agency.example").out
    settings = Settings.from_env()
    with open_home(settings) as home:
        factors = SecondFactors(home.state, load_secret_box(settings), home.clock)
        key = factors.begin(1).key
        factors.confirm(1, pyotp.TOTP(key).at(home.clock()), actor="panel:ann@agency.example")
    assert "with the password alone" in clarity(*reset, "ANN@agency.example").out
    assert "took away the second factor of ann@agency.example" in clarity("audit").out


def test_a_supervisor_asks_the_panel_whether_it_is_well(clarity: Clarity, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(world.settings) as panel:
        port = panel.base_url.rpartition(":")[2]
        assert (clarity("panel", "health", "--port", port).status, clarity("panel", "health", "--port", port).out) == (0, "ok\n")
        monkeypatch.setenv("CLARITY_PANEL_ORIGIN", "https://panel.agency.example")
        refused = clarity("panel", "health", "--port", port)
        assert (refused.status, "answers 421" in refused.error) == (1, True)
    refused = clarity("panel", "health", "--port", port)
    assert (refused.status, "no panel answers" in refused.error) == (1, True)


def test_lines_on_standard_error_are_in_utc_wherever_the_machine_is() -> None:
    says = "import logging; from clarity_pipeline.cli import panel; panel._log_to_standard_error();"
    says += " logging.getLogger('clarity_pipeline.panel').info('here')"
    before = datetime.now(UTC).replace(microsecond=0)
    ran = subprocess.run(
        [sys.executable, "-c", says], env={**os.environ, "TZ": "Asia/Tokyo"}, capture_output=True, text=True, check=True
    )
    at = datetime.fromisoformat(ran.stderr.split()[0])
    assert at.utcoffset() == timedelta(0)
    assert before <= at <= datetime.now(UTC)
