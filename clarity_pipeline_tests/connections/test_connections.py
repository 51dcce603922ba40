from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet

from clarity_pipeline.clarity.token import Token
from clarity_pipeline.connections.business import TokenMissing, UnknownBusiness
from clarity_pipeline.connections.connections import Connections
from clarity_pipeline.connections.credentials import InvalidBusiness
from clarity_pipeline.connections.secrets import SecretBox, SecretUnreadable
from clarity_pipeline.connections.sharing import SharedProject
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.connections import business_config
from clarity_pipeline_tests.connections.made_up import HandClock, token_of

OLD, NEW, FINGERPRINT = (Fernet.generate_key().decode() for _ in range(3))
TOKEN = token_of("1234567890123456", exp=1_800_000_000)
OPAQUE = Token.parse("an-opaque-token-of-more-than-20")


def made(state: StateDatabase, clock: HandClock, *keys: str) -> Connections:
    return Connections(state, secrets=SecretBox(keys or (OLD,), fingerprint_key=FINGERPRINT), clock=clock)


@pytest.fixture
def connections(state: StateDatabase, clock: HandClock) -> Connections:
    return made(state, clock)


def test_a_connected_business_is_enabled_and_its_token_comes_back(connections: Connections, clock: HandClock) -> None:
    acme = connections.connect("acme", project_id=" yeqkj55zbc\n", token=TOKEN, name=" Acme\nShop ")
    assert acme == connections.get("acme") == connections.all()[0] == connections.enabled()[0]
    assert (acme.name, acme.project_id, acme.enabled, acme.disabled_reason) == ("Acme Shop", "yeqkj55zbc", True, None)
    assert (acme.token_stored, acme.token_stored_at, acme.created_at) == (True, clock.now, clock.now)
    assert acme.token_expires_at == datetime.fromtimestamp(1_800_000_000, UTC)
    assert connections.credentials("acme")[1].reveal() == TOKEN.reveal()


def test_nothing_of_the_token_is_readable_in_the_state_files(connections: Connections, tmp_path: Path) -> None:
    connections.connect("acme", project_id="yeqkj55zbc", token=OPAQUE)
    for path in tmp_path.iterdir():
        assert OPAQUE.reveal().encode() not in path.read_bytes()


@pytest.mark.parametrize("slug", ["", "Acme", "-acme", "_acme", "a|b", "a,b", "a b", "acme\n", "ä", "a" * 64, TOKEN.reveal()])
def test_a_slug_that_dagster_could_not_hold_is_refused_and_not_repeated(connections: Connections, slug: str) -> None:
    with pytest.raises(InvalidBusiness, match="acme-shop") as caught:
        connections.connect(slug, project_id="yeqkj55zbc", token=TOKEN)
    assert "\n" not in str(caught.value)
    assert TOKEN.reveal() not in str(caught.value)
    assert connections.all() == []


@pytest.mark.parametrize("rest", ["", "/", "/dashboard", "/dashboard?date=Last%203%20days", "#x"])
def test_the_address_of_a_project_is_read_for_its_id(connections: Connections, rest: str) -> None:
    address = f" https://clarity.microsoft.com/projects/view/yeqkj55zbc{rest}\n"
    assert connections.connect("acme", project_id=address, token=TOKEN).project_id == "yeqkj55zbc"


@pytest.mark.parametrize(
    "address",
    [
        "https://clarity.microsoft.com/projects/view/",
        "https://clarity.microsoft.com/projects/view//dashboard",
        "https://clarity.microsoft.com.example/projects/view/yeqkj55zbc",
        "https://example.com/?https://clarity.microsoft.com/projects/view/yeqkj55zbc",
    ],
)
def test_another_address_is_no_project_id(connections: Connections, address: str) -> None:
    with pytest.raises(InvalidBusiness, match="6 to 20 letters and digits"):
        connections.connect("acme", project_id=address, token=TOKEN)


@pytest.mark.parametrize("project_id", ["", "short", "x" * 21, "with-dash", "white space", "ünicode", "yeqkj\n55zbc"])
def test_a_project_id_is_6_to_20_letters_and_digits(connections: Connections, project_id: str) -> None:
    with pytest.raises(InvalidBusiness, match="6 to 20 letters and digits") as caught:
        connections.connect("acme", project_id=project_id, token=TOKEN)
    assert "\n" not in str(caught.value)
    connections.connect("acme", project_id="yeqkj55zbc", token=TOKEN)
    with pytest.raises(InvalidBusiness):
        connections.update("acme", project_id=project_id)


@pytest.mark.parametrize(
    "name", ["a\x00b", "a\x1b[31mb", "a\u202eb", "a\x85\x9bb", "n" * 101, "a\ud800b", "ac\u200dme", "acme\u200c", "\u200c株"]
)
def test_a_name_that_would_change_what_stands_beside_it_is_refused_and_stores_nothing(
    connections: Connections, name: str
) -> None:
    with pytest.raises(InvalidBusiness, match="one line of at most 100"):
        connections.connect("acme", project_id="yeqkj55zbc", token=TOKEN, name=name)
    assert connections.all() == []
    assert connections.connect("acme", project_id="yeqkj55zbc", token=TOKEN, name="Café ÅÄÖ 東京 №1").name == "Café ÅÄÖ 東京 №1"


def test_reconnecting_keeps_what_is_not_given_and_enables(connections: Connections, clock: HandClock) -> None:
    born = connections.connect("acme", project_id="yeqkj55zbc", token=TOKEN, name="Acme")
    connections.update("acme", kept_query_parameters=("utm_source", " page ", "page", ""))
    connections.disconnect("acme")
    clock.advance(days=1)
    again = connections.connect("acme", project_id="other55zbc", token=OPAQUE)
    assert (again.name, again.created_at, again.updated_at) == ("Acme", born.created_at, clock.now)
    assert again.kept_query_parameters == ("page", "utm_source")
    assert (again.project_id, again.enabled, again.disabled_reason) == ("other55zbc", True, None)
    assert again.token_expires_at is None


def test_a_business_without_a_name_is_called_by_its_slug(connections: Connections) -> None:
    assert connections.connect("acme", project_id="yeqkj55zbc", token=TOKEN).name == "acme"
    assert connections.update("acme", name="Acme").name == "Acme"
    assert connections.update("acme", name="  ").name == "Acme"


def test_disconnecting_overwrites_the_ciphertext_and_keeps_the_row(
    connections: Connections, state: StateDatabase, tmp_path: Path
) -> None:
    connections.connect("acme", project_id="yeqkj55zbc", token=TOKEN)
    with state.read() as connection:
        sealed = connection.scalar(sa.select(business_config.c.token_ciphertext)) or ""
    gone = connections.disconnect("acme")
    assert (gone.enabled, gone.disabled_reason, gone.token_stored, gone.quota_key) == (False, "disconnected", False, None)
    assert (gone.token_expires_at, gone.token_stored_at) == (None, None)
    state.dispose()
    assert len(sealed) > 100
    assert [path.name for path in tmp_path.iterdir() if sealed[-60:].encode() in path.read_bytes()] == []


def test_without_a_token_there_is_nothing_to_enable_or_to_call_with(connections: Connections) -> None:
    connections.connect("acme", project_id="yeqkj55zbc", token=TOKEN)
    connections.disconnect("acme")
    for refused in (connections.enable, connections.credentials):
        with pytest.raises(TokenMissing, match="clarity-pipeline connect acme") as caught:
            refused("acme")
        assert "\n" not in str(caught.value)


def test_a_pause_is_lifted_by_enable_and_by_nothing_smaller(connections: Connections) -> None:
    connections.connect("acme", project_id="yeqkj55zbc", token=TOKEN)
    assert connections.disable("acme").disabled_reason == "paused"
    assert connections.enabled() == []
    assert not connections.update("acme", name="Acme").enabled
    assert not connections.update("acme", token=OPAQUE).enabled
    assert connections.enable("acme").disabled_reason is None


def test_a_rejected_token_disables_until_a_new_one_is_stored(connections: Connections) -> None:
    connections.connect("acme", project_id="yeqkj55zbc", token=TOKEN)
    rejected = connections.reject("acme", TOKEN)
    assert (rejected.enabled, rejected.disabled_reason) == (False, "token_rejected")
    assert connections.disable("acme").disabled_reason == "token_rejected"
    assert connections.update("acme", project_id="other55zbc").disabled_reason == "token_rejected"
    renewed = connections.update("acme", token=OPAQUE)
    assert (renewed.enabled, renewed.disabled_reason) == (True, None)


def test_a_rejection_that_comes_after_the_token_was_replaced_changes_nothing(connections: Connections) -> None:
    connections.connect("acme", project_id="yeqkj55zbc", token=TOKEN)
    connections.update("acme", token=token_of("1234567890123456", jti="a newer one of the same project"))
    assert connections.reject("acme", TOKEN).enabled
    connections.disconnect("acme")
    assert connections.reject("acme", TOKEN).disabled_reason == "disconnected"


def test_a_token_stored_after_a_disconnect_connects_again(connections: Connections) -> None:
    connections.connect("acme", project_id="yeqkj55zbc", token=TOKEN)
    connections.disconnect("acme")
    assert connections.update("acme", token=OPAQUE).enabled


def test_an_unknown_business_is_answered_with_the_known_ones(connections: Connections) -> None:
    with pytest.raises(UnknownBusiness, match="none yet"):
        connections.get("acme")
    connections.connect("acme", project_id="yeqkj55zbc", token=TOKEN)
    changes = (
        connections.get,
        connections.credentials,
        connections.enable,
        connections.disable,
        connections.disconnect,
        connections.update,
    )
    for change in changes:
        with pytest.raises(UnknownBusiness, match=r"named acne; there is acme") as caught:
            change("acne")
        assert "\n" not in str(caught.value)
    with pytest.raises(UnknownBusiness) as caught:
        connections.get(TOKEN.reveal())
    assert TOKEN.reveal() not in str(caught.value)


def test_two_tokens_of_one_project_share_one_ledger_and_it_is_said(connections: Connections) -> None:
    one = connections.connect("one", project_id="yeqkj55zbc", token=token_of("1", jti="a"))
    two = connections.connect("two", project_id="yeqkj55zbc", token=token_of("1", jti="b"), allow_shared=True)
    three = connections.connect("three", project_id="yeqkj55zbc", token=token_of("2", jti="a"))
    assert one.quota_key == two.quota_key != three.quota_key
    assert connections.shares_quota_with("one") == ("two",)
    assert connections.shares_quota_with("three") == ()
    connections.disconnect("one")
    connections.disconnect("two")
    assert connections.shares_quota_with("one") == ()


def test_a_token_that_tells_no_project_has_a_ledger_of_its_own(connections: Connections) -> None:
    opaque = connections.connect("one", project_id="yeqkj55zbc", token=OPAQUE)
    same = connections.connect("two", project_id="yeqkj55zbc", token=OPAQUE, allow_shared=True)
    assert opaque.quota_key == same.quota_key
    assert opaque.quota_key != connections.connect("two", project_id="yeqkj55zbc", token=Token(OPAQUE.reveal() + "x")).quota_key


def test_the_quota_key_stays_the_same_while_encryption_keys_rotate(state: StateDatabase, clock: HandClock) -> None:
    before = made(state, clock, OLD).connect("acme", project_id="yeqkj55zbc", token=TOKEN)
    during = made(state, clock, NEW, OLD)
    assert during.credentials("acme")[1].reveal() == TOKEN.reveal()
    during.update("acme", token=TOKEN)
    after = made(state, clock, NEW)
    assert after.credentials("acme")[1].reveal() == TOKEN.reveal()
    assert before.quota_key == after.update("acme", token=TOKEN).quota_key


def test_rows_swapped_behind_our_back_do_not_lend_a_token(connections: Connections, state: StateDatabase) -> None:
    connections.connect("one", project_id="yeqkj55zbc", token=TOKEN)
    connections.connect("two", project_id="yeqkj55zbc", token=OPAQUE)
    stolen = sa.select(business_config.c.token_ciphertext).where(business_config.c.business_id == "one").scalar_subquery()
    with state.write() as connection:
        connection.execute(
            sa.update(business_config).where(business_config.c.business_id == "two").values(token_ciphertext=stolen)
        )
    with pytest.raises(SecretUnreadable, match="reconnect"):
        connections.credentials("two")[1]
    assert connections.credentials("one")[1].reveal() == TOKEN.reveal()


def test_a_day_of_changes_works_on_either_database(any_state: StateDatabase, clock: HandClock) -> None:
    connections = made(any_state, clock)
    connections.connect("acme", project_id="yeqkj55zbc", token=TOKEN)
    connections.update("acme", kept_query_parameters=("page",))
    connections.reject("acme", TOKEN)
    acme = connections.update("acme", token=OPAQUE)
    assert (acme.enabled, acme.kept_query_parameters, acme.updated_at) == (True, ("page",), clock.now)


def test_a_business_without_clarity_is_off_and_needs_no_token_until_it_is_connected(
    connections: Connections, clock: HandClock
) -> None:
    alone = connections.add_without_clarity("ads", name="Ads Only")
    assert (alone.enabled, alone.disabled_reason, alone.project_id, alone.connected_at) == (False, "without_clarity", None, None)
    assert alone.has_imports_alone
    assert connections.disconnect("ads") == connections.disable("ads") == alone
    for refused in (lambda: connections.enable("ads"), lambda: connections.credentials("ads")):
        with pytest.raises(TokenMissing, match="no Clarity project, imports only"):
            refused()
    with pytest.raises(InvalidBusiness, match="give the project ID with its token"):
        connections.update("ads", token=TOKEN)
    clock.advance(days=3)
    connected = connections.connect("ads", project_id="yeqkj55zbc", token=TOKEN)
    assert (connected.name, connected.enabled, connected.created_at) == ("Ads Only", True, alone.created_at)
    assert connected.connected_at == clock.now
    assert not connected.has_imports_alone
    with pytest.raises(InvalidBusiness, match="disconnect ads"):
        connections.add_without_clarity("ads")


def test_a_business_without_clarity_is_connected_by_an_update_with_project_and_token(connections: Connections) -> None:
    connections.add_without_clarity("ads")
    assert connections.update("ads", project_id="yeqkj55zbc", token=TOKEN).enabled


def test_one_that_was_disconnected_can_go_on_with_imports_alone(connections: Connections, clock: HandClock) -> None:
    first = connections.connect("acme", project_id="yeqkj55zbc", token=TOKEN, name="Acme")
    connections.disconnect("acme")
    clock.advance(days=1)
    alone = connections.add_without_clarity("acme")
    assert (alone.name, alone.has_imports_alone, alone.connected_at) == ("Acme", True, first.connected_at)


@pytest.mark.parametrize("slug", ["Bad Slug", "a|b", ""])
def test_the_slug_of_one_without_clarity_is_checked_as_well(connections: Connections, slug: str) -> None:
    with pytest.raises(InvalidBusiness):
        connections.add_without_clarity(slug)
    assert connections.all() == []


def test_a_project_that_many_live_on_is_refused_in_one_sentence(connections: Connections) -> None:
    for number in range(30):
        connections.connect(f"shop-{number:02}", project_id="yeqkj55zbc", token=TOKEN, allow_shared=True)
    with pytest.raises(SharedProject, match="is connected as shop-00, shop-01, shop-02 and 27 more already") as caught:
        connections.connect("acme", project_id="yeqkj55zbc", token=TOKEN)
    assert len(caught.value.others) == 30
