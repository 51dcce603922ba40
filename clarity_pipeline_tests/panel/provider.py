"""A provider of OpenID Connect as a process of its own on loopback: Authlib's server, with PKCE held as at Google and Microsoft.

python -m clarity_pipeline_tests.panel.provider PORT
"""

import base64
import hashlib
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import requests


@dataclass(frozen=True)
class RunningProvider:
    """Where it listens, and the client that the panel is there."""

    issuer: str
    client_id: str
    client_secret: str

    def person(self, subject: str, **claims: object) -> None:
        """Somebody who has an account there."""
        requests.put(f"{self.issuer}/users/{subject}", json=claims, timeout=30).raise_for_status()

    def agree(self, address: str, subject: str) -> str:
        """What a person does there: look at the page, sign in, agree; where the browser is sent back to."""
        assert requests.get(address, timeout=30).status_code == 200
        answer = requests.post(address, data={"sub": subject}, allow_redirects=False, timeout=30)
        return answer.headers["Location"]

    def refuse(self, address: str) -> str:
        """Or does not agree."""
        answer = requests.post(address, data={"action": "deny"}, allow_redirects=False, timeout=30)
        return answer.headers["Location"]


@contextmanager
def provider(redirect_uri: str) -> Iterator[RunningProvider]:
    """Start one, and register the panel."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "clarity_pipeline_tests.panel.provider", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    issuer = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                requests.get(issuer, timeout=60)
                break
            except requests.ConnectionError:
                assert time.monotonic() < deadline, "the provider did not start"
                assert process.poll() is None, "the provider ended at its start"
                time.sleep(0.05)
        client = requests.post(f"{issuer}/oauth2/clients", json={"redirect_uris": [redirect_uri]}, timeout=30).json()
        yield RunningProvider(issuer, client["client_id"], client["client_secret"])
    finally:
        process.terminate()
        process.wait(20)


def serve(port: int) -> None:
    """Run it."""
    import flask
    from oidc_provider_mock import app

    provider = app(require_client_registration=True, require_nonce=True)
    challenges: dict[str, str] = {}

    @provider.before_request
    def hold_pkce() -> object:
        if flask.request.path.endswith("/token"):
            digest = hashlib.sha256(flask.request.form.get("code_verifier", "").encode()).digest()
            shown = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            if challenges.pop(flask.request.form.get("code", ""), None) != shown:
                return flask.jsonify(error="invalid_grant"), 400
        return None

    @provider.get("/elsewhere/.well-known/openid-configuration")
    def metadata_of_another() -> object:
        own = provider.test_client().get("/.well-known/openid-configuration", base_url=flask.request.host_url)
        return flask.jsonify(own.get_json())

    @provider.after_request
    def note_challenge(response: flask.Response) -> flask.Response:
        code = parse_qs(urlsplit(response.headers.get("Location", "")).query).get("code")
        if code and flask.request.args.get("code_challenge_method") == "S256":
            challenges[code[0]] = flask.request.args["code_challenge"]
        return response

    provider.run(port=port)


if __name__ == "__main__":
    if re.fullmatch(r"[0-9]+", sys.argv[1]):
        serve(int(sys.argv[1]))
