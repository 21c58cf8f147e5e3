import pytest

from rootline.core.config import ConfigError, parse_config
from rootline.ssh.hosts import HostsConfig, list_slots, read_hosts

GOOD = {"host": "ana@gpu1", "path": "/scratch/ana", "python": "~/rootline/.venv/bin/python", "gpus": 2}


def hosts(*entries, **keys):
    return parse_config({"hosts": [{**GOOD, **entry} for entry in entries], **keys}, HostsConfig, source="hosts.yaml")


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"host": "-oProxyCommand=x"}, "hosts.yaml: hosts.0.host='-oProxyCommand=x': write it as after `ssh`"),
        ({"host": "gpu1 reboot"}, "write it as after `ssh`"),
        ({"path": "scratch"}, "hosts.0.path='scratch': must be a full path on the host, beginning with / or ~/"),
        ({"path": "/scratch\n"}, "holds a line break"),
        ({"gpu": 2}, "hosts.0.gpu is not a known key; did you mean hosts.0.gpus?"),
        ({"gpus": 0}, "input should be greater than 0"),
        ({"gpus": [0, 1, 0]}, "gpus of ana@gpu1 names one twice: 0, 1, 0"),
        ({"device": "gpu"}, "input should be 'cuda' or 'cpu'"),
    ],
)
def test_a_wrong_host_names_the_key_and_what_is_valid(entry, message):
    with pytest.raises(ConfigError) as caught:
        hosts(entry)
    assert message in str(caught.value)


def test_a_host_in_two_entries_is_refused():
    with pytest.raises(ConfigError, match="hosts names ana@gpu1 twice; give all its GPUs in one entry"):
        hosts({}, {})


def test_places_are_filled_over_the_hosts_first_and_a_gpu_is_shared_last():
    config = hosts({"jobs_per_gpu": 2}, {"host": "gpu2", "gpus": [3]})
    assert [slot.name for slot in list_slots(config)] == [
        "ana@gpu1 gpu 0.0",
        "gpu2 gpu 3",
        "ana@gpu1 gpu 1.0",
        "ana@gpu1 gpu 0.1",
        "ana@gpu1 gpu 1.1",
    ]


def test_a_missing_file_is_named_with_the_page_that_explains_it(tmp_path):
    with pytest.raises(ConfigError, match="hosts.yaml: no such file.*docs/ssh.md"):
        read_hosts(tmp_path / "hosts.yaml")
