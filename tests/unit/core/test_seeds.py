import hashlib

from rootline.core.seeds import generator, seed_for


def test_a_seed_is_the_same_on_every_machine():
    # Computed by the reference below on another machine; a change would move every split and every simulated event.
    assert seed_for(7, "split", 1) == 1265274203538042480
    assert seed_for(7, "split", 1) == int(hashlib.blake2b(b"7\0split\x001", digest_size=8).hexdigest(), 16) // 2


def test_a_seed_fits_a_signed_integer_of_eight_bytes():
    assert all(0 <= seed_for(seed, "x") < 2**63 for seed in range(1000))


def test_each_name_has_its_own_numbers():
    names = [(), ("a",), ("b",), ("a", "b"), ("ab",), ("a", 1), ("a", 11), ("a", 1, 1)]
    assert len({seed_for(0, *name) for name in names} | {seed_for(1, *name) for name in names}) == 2 * len(names)


def test_one_more_event_does_not_shift_the_others():
    few = [generator(3, "noise", event).normal() for event in range(5)]
    many = [generator(3, "noise", event).normal() for event in range(9)]
    assert many[:5] == few
    assert len(set(many)) == 9


def test_a_generator_gives_the_same_numbers_again():
    # NumPy promises the stream of PCG64 and of integers; made with NumPy 2.4.
    assert generator(0, "x").integers(0, 1000, 4).tolist() == [202, 315, 272, 106]
