"""Expected curves: both orders of the columns, and every table that is none."""

import numpy as np
import pytest

from rootline.core.errors import UserError
from rootline.lartpc.curves import read_curve

RANGES = np.arange(1, 1201) * 0.05
DEDX = 1.7 + 8.0 * RANGES**-0.42  # falls like a stopping proton's


@pytest.fixture
def curve(tmp_path):
    def write(ranges, dedx, *, separator=" ", head="", name="kaon.txt"):
        rows = [f"{r:.2f}{separator}{d:.5f}" for r, d in zip(ranges, dedx, strict=True)]
        path = tmp_path / name
        path.write_text(head + "\n".join(rows) + "\n")
        return path

    return write


@pytest.mark.parametrize("separator", [" ", ",", ", ", "\t", ";", "   "])
@pytest.mark.parametrize("head", ["", "# range, dE/dx\n\n", "residual_range,dedx\n", "\ufeff"])
def test_a_curve_in_natural_order_is_read_as_it_stands(curve, separator, head):
    found = read_curve(curve(RANGES, DEDX, separator=separator, head=head))
    np.testing.assert_allclose(found.residual_range, RANGES, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.dedx, DEDX, atol=6e-6)
    assert found.order == "natural"


def test_separators_at_the_end_of_a_line_and_lines_of_nothing_else_are_passed_over(tmp_path):
    path = tmp_path / "kaon.csv"
    path.write_text("cm,MeV/cm,\n,,\n" + "".join(f"{r:.2f},{d:.5f},\n" for r, d in zip(RANGES, DEDX, strict=True)))
    np.testing.assert_allclose(read_curve(path).dedx, DEDX, atol=6e-6)


@pytest.mark.parametrize("step", [1, -1], ids=["range rises", "range falls"])
def test_a_curve_may_run_either_way(curve, step):
    found = read_curve(curve(RANGES[::step], DEDX[::step]))
    np.testing.assert_allclose(found.dedx, DEDX, atol=6e-6)


@pytest.mark.parametrize("step", [1, -1], ids=["range rises", "range falls"])
def test_a_file_of_the_public_order_is_paired_as_its_reader_does(curve, step):
    # the public reader reverses the range column and leaves the dE/dx column
    file_ranges, file_dedx = RANGES[::step], DEDX[::-step]
    found = read_curve(curve(file_ranges, file_dedx))
    pairs = dict(zip(np.round(file_ranges[::-1], 2), file_dedx, strict=True))
    np.testing.assert_allclose(found.dedx, [pairs[r] for r in np.round(RANGES, 2)], atol=6e-6)
    np.testing.assert_allclose(found.dedx, DEDX, atol=6e-6)
    assert found.order == "public"


def test_noise_and_the_first_millimetres_do_not_hide_the_order(curve):
    rng = np.random.default_rng(3)
    noisy = DEDX * rng.normal(1, 0.01, len(DEDX))
    noisy[:5] = [2.0, 9.0, 14.0, 18.0, 17.0]
    assert read_curve(curve(RANGES, noisy)).order == "natural"
    assert read_curve(curve(RANGES, noisy[::-1])).order == "public"


@pytest.mark.parametrize(
    ("ranges", "dedx", "message"),
    [
        (RANGES, np.full(1200, 2.0), r"kaon\.txt: dE/dx must fall with residual range.*correlation .* is \+0\.00"),
        (RANGES, 2 + np.abs(RANGES - 30), r"must fall with residual range"),
        (RANGES * 10, DEDX, r"grid of 0\.05 cm.*from 0\.5 to 600 in steps of about 0\.5; in mm\? divide"),
        (RANGES * 2, DEDX, r"grid of 0\.05 cm.*steps of about 0\.1$"),
        (RANGES + 0.02, DEDX, r"grid of 0\.05 cm"),
        (np.delete(RANGES, 50), np.delete(DEDX, 50), r"unbroken grid"),
        (np.r_[RANGES, RANGES[-1]], np.r_[DEDX, 2.0], r"each point once"),
        (RANGES, DEDX / 10, r"median between 1 and 50; its median is 0\.\d+; give it in MeV/cm \(not MeV/mm"),
        (RANGES, DEDX * 1000, r"not MeV/mm, keV/cm"),
        (RANGES, np.r_[DEDX[:-1], -1.0], r"line 1200: .*dE/dx must be above 0"),
        (RANGES, np.r_[DEDX[:-1], np.nan], r"line 1200: .*both finite"),
        (RANGES[:5], DEDX[:5], r"5 rows of numbers; a curve needs at least 20"),
    ],
)
def test_a_table_that_is_no_curve_is_refused(curve, ranges, dedx, message):
    with pytest.raises(UserError, match=message):
        read_curve(curve(ranges, dedx))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "0 rows of numbers"),
        ("0.05 30\n0.10 20 5\n", "line 2: '0.10 20 5' is not two numbers"),
        ("0.05 30\nrange dedx\n", "line 2: 'range dedx' is not two numbers"),
        ("0.05 x\n", "line 1: '0.05 x' is not two numbers"),
        ("0.05\n0.10\n", "line 1: '0.05' is not two numbers"),
        ("range dedx\n0.05 30 # stops\n0.10 2_0\n", "line 3: '0.10 2_0' is not two numbers"),
        ("range dedx\n# nothing else\n", "0 rows of numbers"),
    ],
)
def test_a_line_that_is_not_two_numbers_is_named(tmp_path, text, message):
    path = tmp_path / "proton.txt"
    path.write_text(text)
    with pytest.raises(UserError, match=message) as caught:
        read_curve(path)
    assert "proton.txt" in str(caught.value)


def test_a_file_that_is_not_there_or_not_text_is_named(tmp_path):
    with pytest.raises(UserError, match=r"none\.txt: cannot be read .*lartpc\.input\.curves"):
        read_curve(tmp_path / "none.txt")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match=r"binary: not a text file"):
        read_curve(tmp_path / "binary")
