"""The proxies of `deploy/proxy`, really started in front of a panel: it learns who the visitor is, and no visitor can say so."""

import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPSConnection
from pathlib import Path
from shutil import which
from time import monotonic, sleep

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import APIRouter, FastAPI, Request

from clarity_pipeline.panel.access.guard import guard
from clarity_pipeline.panel.web.forwarded import is_proxy, proxy_networks
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline_tests.panel.running import running
from clarity_pipeline_tests.test_deploy import COMPOSE, DEPLOY, free_port

FORGED = {"X-Forwarded-For": "203.0.113.7", "Forwarded": "for=203.0.113.7", "X-Real-IP": "203.0.113.7"}


def nginx(folder: Path, port: str, panel_port: str) -> list[str]:
    own = (DEPLOY / "proxy" / "nginx.conf").read_text()
    own = own.replace("listen 443 ssl", f"listen 127.0.0.1:{port} ssl").replace("127.0.0.1:8400", f"127.0.0.1:{panel_port}")
    own = own.replace("/etc/ssl/clarity", str(folder))
    scratch = "".join(f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log;\nevents {{}}\nhttp {{\naccess_log off;\n{scratch}{own}}}\n"
    )
    return ["nginx", "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]


def caddy(folder: Path, port: str, panel_port: str) -> list[str]:
    own = (DEPLOY / "proxy" / "Caddyfile").read_text()
    own = own.replace("127.0.0.1:8400", f"127.0.0.1:{panel_port}").replace("{\n\tservers", "{\n\tadmin off\n\tservers", 1)
    own = own.replace("clarity.example.com {", f"localhost:{port} {{\n\ttls {folder}/fullchain.pem {folder}/key.pem")
    (folder / "Caddyfile").write_text(own)
    return ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


@pytest.mark.parametrize("proxy", [nginx, caddy], ids=lambda each: str(each.__name__))
def test_behind_the_proxy_the_panel_sees_the_visitor_and_not_what_they_say(
    proxy: Callable[[Path, str, str], list[str]], tmp_path: Path
) -> None:
    if which(proxy.__name__) is None:
        pytest.skip(f"no {proxy.__name__} on this machine")
    certificate(tmp_path)
    port = free_port()
    settings = Settings(home=tmp_path / "home", panel_origin=f"https://localhost:{port}")
    example = dict(line.split("=", 1) for line in (DEPLOY / "environment.example").read_text().splitlines() if line[:1].isupper())
    proxies = proxy_networks(example["CLARITY_PANEL_PROXIES"])
    with running(settings, proxies=proxies, changed=tells_who_asks) as panel:
        command = proxy(tmp_path, port, panel.base_url.rpartition(":")[2])
        with started(command, {"HOME": str(tmp_path), "PATH": "/usr/sbin:/usr/bin:/bin"}, tmp_path / "proxy.log"):
            answer = asked(int(port), source="127.0.0.7")
    assert answer == (200, '{"client":"127.0.0.7","scheme":"https"}')


def test_the_proxy_of_a_host_is_known_to_the_panel_in_a_container() -> None:
    """A container sees the host as the gateway of its network, which therefore has a fixed address."""
    (network,) = COMPOSE["networks"]["default"]["ipam"]["config"]
    assert is_proxy(network["gateway"], proxy_networks(network["subnet"]))
    example = (DEPLOY / "environment.example").read_text()
    (line,) = [line for line in example.splitlines() if line.startswith("CLARITY_PANEL_PROXIES=")]
    proxies = proxy_networks(line.partition("=")[2])
    assert is_proxy(network["gateway"], proxies)
    assert not is_proxy(network["gateway"].rpartition(".")[0] + ".2", proxies), "another container is no proxy"


def tells_who_asks(app: FastAPI) -> None:
    router = APIRouter()

    @router.get("/api/v1/asks", dependencies=[guard("enter")])
    def asks(request: Request) -> dict[str, str]:
        return {"client": request.client.host if request.client else "", "scheme": request.url.scheme}

    app.include_router(router)


def asked(port: int, *, source: str) -> tuple[int, str]:
    deadline = monotonic() + 20
    while True:
        connection = HTTPSConnection(
            "localhost", port, timeout=10, source_address=(source, 0), context=ssl._create_unverified_context()
        )
        try:
            connection.request("GET", "/api/v1/asks", headers=FORGED)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except ConnectionError:
            assert monotonic() < deadline, "the proxy did not start"
            sleep(0.2)
        finally:
            connection.close()


@contextmanager
def started(command: list[str], environment: dict[str, str], log: Path) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
        try:
            yield
        finally:
            process.terminate()
            process.wait(20)


def certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    day = timedelta(days=1)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - day).not_valid_after(now + day)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False).sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "fullchain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, *private))
