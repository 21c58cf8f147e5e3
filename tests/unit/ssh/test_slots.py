import subprocess
import sys
from pathlib import Path

from rootline.ssh.hosts import HostConfig, HostsConfig, list_slots
from rootline.ssh.slots import Board

REPOSITORY = Path(__file__).resolve().parents[3]


def slots(*gpus):
    hosts = [HostConfig(host=f"gpu{n}", path="/s", python="/p", gpus=count) for n, count in enumerate(gpus, start=1)]
    return list_slots(HostsConfig(hosts=tuple(hosts)))


def test_a_place_is_held_by_one_and_free_again_when_its_process_is_killed(tmp_path):
    board, (slot,) = Board(tmp_path, run="a"), slots(1)
    holder = (
        "import sys, time; from pathlib import Path; from rootline.ssh.slots import Board; "
        "from tests.unit.ssh.test_slots import slots\n"
        "with Board(Path(sys.argv[1]), run='b').hold(slots(1)[0]) as held: print(held, flush=True); time.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", holder, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": f"{REPOSITORY}/src:{REPOSITORY}"},
    )
    try:
        assert process.stdout.readline() == "True\n"
        with board.hold(slot) as held:
            assert not held
        assert board.choose([slot]) == []
    finally:
        process.kill()
        process.communicate()
    with board.hold(slot) as held:
        assert held


def test_the_host_with_the_smaller_share_of_busy_places_comes_first(tmp_path):
    board, every = Board(tmp_path, run="a"), slots(4, 2)
    with board.hold(every[0]):  # one of four
        assert board.choose(every)[0].name == "gpu2 gpu 0"
        with board.hold(every[1]):  # and one of two
            assert board.choose(every)[0].name == "gpu1 gpu 1"


def test_a_host_that_is_down_is_left_alone_for_its_time_and_is_news_once(tmp_path):
    board = Board(tmp_path, run="a")
    assert board.mark_down("gpu1", "no answer", for_s=60)
    assert not board.mark_down("gpu1", "still none", for_s=60)
    assert Board(tmp_path, run="b").down("gpu1") == "still none"
    board.mark_down("gpu1", "no answer", for_s=-1)
    assert board.down("gpu1") is None


def test_what_was_found_out_about_a_host_holds_for_one_run(tmp_path):
    board, other = Board(tmp_path, run="a"), Board(tmp_path, run="b")
    assert board.refuse("gpu1", "other packages")
    assert board.refused("gpu1") == "other packages" and other.refused("gpu1") is None
    board.remember("gpu1", "found", {"python": "3.11"})
    assert board.recall("gpu1", "found") == {"python": "3.11"} and other.recall("gpu1", "found") is None
    board.forget("gpu1", "found")
    assert board.recall("gpu1", "found") is None
