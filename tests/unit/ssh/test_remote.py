import os
import shlex
import shutil

import pytest

from rootline.ssh.hosts import HostConfig, HostsConfig
from rootline.ssh.remote import Connection, HostLostError, HostRefusedError, connection_error


def connection(**host):
    entry = HostConfig(**{"host": "gpu1", "path": "/s", "python": "~/my env/bin/python", "gpus": 1, **host})
    return Connection(entry, HostsConfig(hosts=(entry,), ssh_config="/etc/my ssh/config", lost_after_s=30))


def test_host_keys_are_checked_and_nothing_is_asked_whatever_a_config_says():
    words = connection().ssh
    options = [words[place + 1] for place, word in enumerate(words) if word == "-o"]
    assert {"BatchMode=yes", "StrictHostKeyChecking=yes", "ForwardAgent=no", "ServerAliveInterval=10"} <= set(options)
    assert words[1:3] == ["-F", "/etc/my ssh/config"]


def test_words_reach_the_hosts_shell_as_they_are_but_for_its_home():
    *_, host, command = connection().python("-", "/srv/my jobs; rm x")
    assert host == "gpu1"
    assert command == "~/'my env/bin/python' - '/srv/my jobs; rm x'"
    assert shlex.split(command)[-1] == "/srv/my jobs; rm x"


@pytest.mark.skipif(shutil.which("rsync") is None, reason="no rsync on this machine")
@pytest.mark.parametrize("config", ["/etc/my ssh/config", '/it\'s/a "config"', '"', "'' $(touch canary)"])
def test_rsync_hands_the_words_of_ssh_on_as_they_are(tmp_path, monkeypatch, config):
    told = tmp_path / "told"
    (tmp_path / "ssh").write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {told}\nexit 255\n')
    (tmp_path / "ssh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    odd = connection()
    odd = odd._replace(options=odd.options.model_copy(update={"ssh_config": config}))
    with pytest.raises(HostLostError):
        odd.send(tmp_path, ["ssh"], "/srv/my jobs")
    assert told.read_text().split("\n")[: len(odd.ssh)] == [*odd.ssh[1:], "gpu1"]


@pytest.mark.parametrize(
    ("said", "kind", "message"),
    [
        (
            "No ED25519 host key is known for gpu1.\nHost key verification failed.",
            HostRefusedError,
            "not in known_hosts",
        ),
        (
            "WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!\nHost key verification failed.",
            HostRefusedError,
            "its host key is not the one of known_hosts; connect once by hand with `ssh gpu1`",
        ),
        ("ana@gpu1: Permission denied (publickey).", HostRefusedError, "it takes none of your keys .*ssh-copy-id gpu1"),
        ("ssh: connect to host gpu1 port 22: Connection timed out", HostLostError, "gpu1: ssh: connect.*timed out"),
        ("", HostLostError, "gpu1: the connection ended"),
    ],
)
def test_what_ssh_says_becomes_what_to_do(said, kind, message):
    with pytest.raises(kind, match=message):
        raise connection_error("gpu1", said)
