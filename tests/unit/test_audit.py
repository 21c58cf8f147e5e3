"""Known vulnerabilities of locked packages stop `make lint`; a database that is out of reach does not."""

import json
import os
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

AUDIT = Path(__file__).resolve().parents[2] / "envs" / "audit.sh"
# As https://google.github.io/osv.dev/api describes the answers.
ADVISORY = {
    "id": "GHSA-aaaa-bbbb-cccc",
    "modified": "2026-01-01T00:00:00Z",
    "summary": "a template leaves its sandbox",
    "affected": [
        {
            "package": {"ecosystem": "PyPI", "name": "jinja2"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99.1"}]}],
        }
    ],
}


class Database(BaseHTTPRequestHandler):
    """Answers as osv.dev does; the server says what is vulnerable, or with which status it fails."""

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))["queries"]
        self.server.asked += [(one["package"]["name"], one["version"]) for one in asked]
        found = {"vulns": [{"id": ADVISORY["id"], "modified": ADVISORY["modified"]}]}
        self.answer({"results": [found if one["package"]["name"] in self.server.vulnerable else {} for one in asked]})

    def do_GET(self):
        self.answer(ADVISORY)

    def answer(self, value):
        data = json.dumps(value).encode()
        self.send_response(self.server.status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


@pytest.fixture
def database():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Database)
    server.asked, server.vulnerable, server.status = [], set(), 200
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def audit(url):
    environment = {**os.environ, "AUDIT_URL": url, "NO_PROXY": "127.0.0.1"}
    return subprocess.run([str(AUDIT)], env=environment, capture_output=True, text=True, check=False, timeout=60)


def test_every_locked_package_is_asked_for_and_none_found_passes(database):
    done = audit(database.url)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"No vulnerability is known of the {len(database.asked)} packages in envs/*.lock.\n"
    names = [name for name, _ in database.asked]
    assert len(names) > 150 and {"torch", "numpy", "pytest", "nvidia-cublas"} <= set(names)


def test_a_vulnerable_package_is_named_with_its_advisory_and_the_version_that_is_fixed(database):
    database.vulnerable.add("jinja2")
    done = audit(database.url)
    version = dict(database.asked)["jinja2"]
    assert done.returncode == 1
    assert f"jinja2 {version} has 1 known vulnerability" in done.stdout
    assert "GHSA-aaaa-bbbb-cccc: a template leaves its sandbox" in done.stdout and "Fixed in: 99.1" in done.stdout
    assert "raise the bounds in pyproject.toml to a fixed version and run `make lock`" in done.stderr


def test_a_database_out_of_reach_is_a_word_and_no_fault(database):
    database.status = 503
    done = audit(database.url)
    assert done.returncode == 0, done.stderr
    assert f"packages in envs/*.lock were not looked up: {database.url} cannot be reached from here" in done.stdout
    closed = audit("http://127.0.0.1:9")
    assert closed.returncode == 0 and "http://127.0.0.1:9 cannot be reached from here" in closed.stdout
