"""What the panel holds while it runs: the home and its own parts, wired once and found at `request.app.state.panel`."""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

from fastapi import Depends, Request

from clarity_pipeline.alerts.letters import Letters
from clarity_pipeline.alerts.outbox.channel_store import Channels
from clarity_pipeline.connections.api_keys import ApiKeys
from clarity_pipeline.connections.secrets import SecretBox, load_secret_box
from clarity_pipeline.home import Home
from clarity_pipeline.panel.access.account_letters import AccountLetters
from clarity_pipeline.panel.access.accounts import Accounts
from clarity_pipeline.panel.access.front_door import FrontDoor
from clarity_pipeline.panel.access.halfway import Tickets
from clarity_pipeline.panel.access.identities import Identities
from clarity_pipeline.panel.access.invites import Invites
from clarity_pipeline.panel.access.key_rates import KeyRates
from clarity_pipeline.panel.access.known_browsers import KnownBrowsers
from clarity_pipeline.panel.access.openid import OpenId
from clarity_pipeline.panel.access.openid_provider import Asked, Provider
from clarity_pipeline.panel.access.own_account import OwnAccount
from clarity_pipeline.panel.access.passwords import Passwords
from clarity_pipeline.panel.access.policy import roles_named
from clarity_pipeline.panel.access.post_room import PostRoom
from clarity_pipeline.panel.access.resets import Resets
from clarity_pipeline.panel.access.second_factors import SecondFactors
from clarity_pipeline.panel.access.sign_in_log import FailedSignIns
from clarity_pipeline.panel.access.sign_ins import SignIns
from clarity_pipeline.panel.access.throttle import Throttle
from clarity_pipeline.panel.channel_trials import ChannelTrials
from clarity_pipeline.panel.verify import Verifier
from clarity_pipeline.panel.web.origin import Origin
from clarity_pipeline.rules.backtest.trials import Trials
from clarity_pipeline.settings.settings import Clock


@dataclass(frozen=True)
class Panel:
    """One running panel."""

    home: Home
    passwords: Passwords

    @property
    def clock(self) -> Clock:
        """The present instant, or CLARITY_NOW."""
        return self.home.clock

    @cached_property
    def origin(self) -> Origin:
        """Where browsers reach it."""
        return Origin.of(self.home.settings)

    @cached_property
    def accounts(self) -> Accounts:
        """Who may sign in."""
        return Accounts(self.home.state, clock=self.clock)

    @cached_property
    def sign_ins(self) -> SignIns:
        """Who is signed in."""
        roles = roles_named(self.home.settings.panel_second_factor)
        return SignIns(self.home.state, clock=self.clock, second_factor_for=roles)

    @cached_property
    def invites(self) -> Invites:
        """Who is asked in."""
        return Invites(self.home.state, clock=self.clock)

    @cached_property
    def api_keys(self) -> ApiKeys:
        """Programs that may ask."""
        return ApiKeys(self.home.state, clock=self.clock)

    @cached_property
    def key_rates(self) -> KeyRates:
        """How often they have asked."""
        return KeyRates()

    @cached_property
    def front_door(self) -> FrontDoor:
        """Where strangers bring secrets."""
        return FrontDoor(
            accounts=self.accounts,
            sign_ins=self.sign_ins,
            invites=self.invites,
            throttle=self._throttle,
            passwords=self.passwords,
            failed=FailedSignIns(self.home.state, clock=self.clock),
            known_browsers=KnownBrowsers(self._box.fingerprint, self.clock),
            second_factors=self.second_factors,
            tickets=Tickets(self._box.fingerprint, self.clock),
            letters=self.account_letters,
            fingerprint=self._box.fingerprint,
        )

    @cached_property
    def own_account(self) -> OwnAccount:
        """Where people who are in bring secrets of their own."""
        return OwnAccount(self.front_door, self.identities, self.clock)

    @cached_property
    def identities(self) -> Identities:
        """Who somebody is at a provider."""
        return Identities(self.home.state, self.clock)

    @cached_property
    def post_room(self) -> PostRoom:
        """Where what nobody waits for is done."""
        return PostRoom()

    @cached_property
    def account_letters(self) -> AccountLetters:
        """What people are told of their accounts."""
        return AccountLetters(
            state=self.home.state,
            letters=self._letters,
            throttle=self._throttle,
            fingerprint=self._box.fingerprint,
            clock=self.clock,
            panel_address=self.origin.configured,
            post=self.post_room,
        )

    @cached_property
    def second_factors(self) -> SecondFactors:
        """What people sign in with beside their password."""
        return SecondFactors(self.home.state, self._box, self.clock)

    @cached_property
    def openid(self) -> OpenId | None:
        """The way in by a provider, where one is set."""
        provider = Provider.of(self.home.settings)
        if provider is None:
            return None
        return OpenId(Asked(provider), self.identities, self.front_door, self.clock)

    @cached_property
    def resets(self) -> Resets:
        """New passwords for who has forgotten theirs, by mail."""
        return Resets(
            state=self.home.state,
            invites=self.invites,
            letters=self._letters,
            throttle=self._throttle,
            fingerprint=self._box.fingerprint,
            clock=self.clock,
        )

    @cached_property
    def trials(self) -> Trials:
        """Rules tried before anybody believes them."""
        return Trials(self.home)

    @cached_property
    def channels(self) -> Channels:
        """Who is told."""
        allowed = self.home.settings.webhook_allow
        return Channels(self.home.state, secrets=self._box, clock=self.clock, allowed=allowed, machine=self.clock)

    @cached_property
    def _letters(self) -> Letters:
        return Letters(self.channels, self.home.settings.webhook_allow)

    @cached_property
    def _throttle(self) -> Throttle:
        return Throttle(self.home.state, clock=self.clock)

    @cached_property
    def _box(self) -> SecretBox:
        return load_secret_box(self.home.settings)

    @cached_property
    def channel_trials(self) -> ChannelTrials:
        """Tests of channels."""
        return ChannelTrials(self.home)

    @cached_property
    def verifier(self) -> Verifier:
        """Tests of tokens."""
        return Verifier(self.home)


def _panel(request: Request) -> Panel:
    found: Panel = request.app.state.panel
    return found


ThePanel = Annotated[Panel, Depends(_panel)]
"""A handler's parameter: the panel, and with it every room."""
