"""Names that hold what a shell, Snakemake or a program reads as something else: they work as plain ones do, or are refused."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from tests.checkout import REPOSITORY, Checkout, copy_checkout
from tests.unit.lartpc.tiny import tiny_event, write_flat

from rootline.core.shells import UNSAFE
from rootline.lartpc.simulation.particles import KAON, PROTON
from rootline.lartpc.simulation.sidefiles import expected_curve

CANARY = "canary"  # the file that an injected command would make
HOSTILE = (
    f" a 'b' \"c\" ;touch {CANARY}; $(touch {CANARY}) `touch {CANARY}` && touch {CANARY} & %s %d \\ * ? [x] !#|>~ é日本"
)
ELSEWHERE = "".join(sign for sign in HOSTILE if sign not in UNSAFE)  # for jobs that another program starts
PIECES = (
    "a b",
    "'",
    '"',
    f";touch {CANARY};",
    f"$(touch {CANARY})",
    f"`touch {CANARY}`",
    f"&&touch {CANARY}&",
    "%s%%d",
)
PIECES += ("\\", "*", "?[x]", "!!", "#", "|", ">", "~", "é日本", "x -rf", "=,:", "--help")
NO_WINDOW = dict.fromkeys(("wire_min", "wire_max", "tick_min", "tick_max"))
CUTS = {
    **dict.fromkeys(("height_min", "height_max", "pair_height_min", "pair_height_max", "pair_width_max")),
    "profile_not_constant": False,
    "collection": NO_WINDOW,
    "induction": NO_WINDOW,
}
SIDE_FILES = {
    "beamline": ("run,subrun,event,p,m,beamline_mass", "1,1,900.0"),
    "reco": ("run,subrun,event,trkrr,trkdedx", "0.35;0.75;1.2,9.0;5.0;4.0"),
    "loglikelihood": ("run,subrun,event,log_likelihood_kaon,log_likelihood_proton", "-1.0,-2.0"),
}
SYNC = ("--executor", "cluster-sync", "--cluster-sync-submit-cmd", "bash", "--jobs", "2")


class Names(NamedTuple):
    """How the user calls his files; the ROOT file lies in a folder of the same kind of name."""

    odd: str = ""

    def of(self, plain):
        return f"{plain}{self.odd}.txt"

    @property
    def root(self):
        return f"in{self.odd}/raw{self.odd}.root"

    @property
    def results(self):
        return f"results{self.odd}".rstrip()


def lay_out(folder, names, *, tree="ana/raw", colour="proton"):
    """Make a checkout with a ROOT file of four events and all side files, and the config that names them."""
    copy_checkout(REPOSITORY, folder)
    (folder / names.root).parent.mkdir()
    rng, keys = np.random.default_rng(1), [(1, 0, event) for event in range(4)]
    write_flat(folder / names.root, [tiny_event(rng, n_tracks=2) for _ in keys], keys, tree=tree)
    for name, (header, values) in SIDE_FILES.items():
        (folder / names.of(name)).write_text(f"{header}\n" + "".join(f"1,0,{key[2]},{values}\n" for key in keys))
    for name, species in {"kaon": KAON, "proton": PROTON}.items():
        points = zip(*expected_curve(species), strict=True)
        (folder / names.of(name)).write_text("".join(f"{cm},{dedx}\n" for cm, dedx in points))
    (folder / names.of("samples")).write_text(
        f"sample\tparticle\trole\tpath\ttree\nprotons\tproton\ttrain\t{names.root}\t{tree}\n"
    )
    checkout = Checkout(folder)
    files = {name: names.of(name) for name in ("samples", "beamline", "reco")}
    files["curves"] = {name: names.of(name) for name in ("kaon", "proton")}
    checkout.write_config(
        {
            "results": names.results,
            "lartpc": {
                "input": {**files, "loglikelihood": [names.of("loglikelihood")]},
                "detector": {"ticks": 256},
                "cuts": {"train": CUTS},
                "event": {"run": 1, "subrun": 0, "event": 2},
                "images": {"size": 16},
                "figures": {"colours": {colour: "#0072B2"}, "dpi": 50},
            },
        }
    )
    return checkout


def tables(checkout, names):
    """Give the bytes of all tables that say nothing about where they came from."""
    folder = checkout.folder / names.results / "lartpc"
    found = [folder / name for name in ("clusters/protons.parquet", "tracks/protons.parquet")]
    found += sorted((folder / "features").iterdir())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """Tables of a run under plain names."""
    names = Names()
    checkout = lay_out(tmp_path_factory.mktemp("plain") / "rootline", names)
    outcome = checkout.snakemake("lartpc_features")
    assert outcome.returncode == 0, outcome.text
    return tables(checkout, names)


@pytest.fixture(autouse=True)
def _no_command_was_run(tmp_path):
    yield
    ran = [*tmp_path.rglob(CANARY), *Path.cwd().glob(CANARY)]
    assert not ran, f"a name was run as a command: {ran}"


def test_names_that_hold_commands_and_quotes_give_the_tables_of_plain_ones(tmp_path, plain, browser):
    names = Names(HOSTILE)
    checkout = lay_out(tmp_path / f"project{HOSTILE}", names, tree=f"an a'{CANARY}/r\"aw $(x)", colour=HOSTILE)
    outcome = checkout.snakemake("lartpc_features", "lartpc_event")
    assert outcome.returncode == 0, outcome.text
    assert tables(checkout, names) == plain
    assert (checkout.folder / names.results / "lartpc/events/1-0-2.png").is_file()
    report = tmp_path / "report.html"
    outcome = checkout.snakemake("lartpc_event", "--report", str(report))
    assert outcome.returncode == 0, outcome.text
    with browser.open(report.as_uri()) as page:
        page.wait("document.body.innerText.includes('The input are the files of samples')")
        assert names.of("samples") in page.run("document.body.innerText")
        assert [text for text in page.complaints() if "cdn.tailwindcss.com should not be used" not in text] == []


@pytest.mark.only_long("runs the study once for each sign, and the test above has all of them at once")
def test_each_sign_alone_does_no_harm(tmp_path, plain):
    for number, piece in enumerate(PIECES):
        names = Names(piece)
        checkout = lay_out(tmp_path / str(number) / f"project{piece}", names, colour=piece)
        outcome = checkout.snakemake("lartpc_features")
        if ":" in piece:
            assert "which separates folders in PYTHONPATH" in outcome.text
        else:
            assert outcome.returncode == 0, outcome.text
            assert tables(checkout, names) == plain


def test_a_name_that_cannot_work_is_refused_before_the_first_job_with_the_rule_for_it(tmp_path):
    checkout = lay_out(tmp_path / "rootline", Names())
    odd = {
        "beamline": ("b\nc.csv", "holds a line break or another sign that cannot be printed"),
        "reco": ("{run}.csv", "holds { or }, which Snakemake takes for a wildcard"),
        "curves.proton": ("</script><script>.csv", "holds <, which Snakemake takes for a variable in a path"),
        "samples": ("-s.tsv", "begins with -, which programs take for an option"),
    }
    for key, (name, _) in odd.items():
        checkout.change(f"lartpc.input.{key}", name)
    checkout.change("results", "--out")
    checkout.change("lartpc.input.curves.kaon", "~/k.txt")
    outcome = checkout.snakemake("lartpc_features")
    assert outcome.returncode == 1 and "Execute" not in outcome.text, outcome.text
    for key, (name, rule) in odd.items():
        assert f"lartpc.input.{key}={name!r}: {rule}" in outcome.text
    assert "results='--out': begins with -, which programs take for an option; rename it" in outcome.text
    assert "lartpc.input.curves.kaon='~/k.txt': ~ is not replaced by the home folder" in outcome.text
    assert not (checkout.folder / "--out").exists() and not (checkout.folder / "results").exists()


ROWS = {
    "$(x)\tproton\ttrain\traw.root": "line 2, column sample: '$(x)' is not a usable name; it must start with a letter",
    "protons\t../up\ttrain\traw.root": "line 2, column particle: '../up' is not a usable name",
    "protons\tproton\ttrain\t-raw.root": "line 2: path '-raw.root': begins with -, which programs take for an option",
    "protons\tproton\ttrain\tr{a}w.root": "line 2: path 'r{a}w.root': holds { or }, which Snakemake takes for a wildcard",
    'protons\tproton\ttrain\t"raw".root': "line 2: a value begins with a double quote that is not closed",
}


def test_a_row_of_the_samples_that_cannot_work_is_refused_with_its_line(tmp_path, how_many):
    checkout = lay_out(tmp_path / "rootline", Names())
    # each is in tests/unit/core/test_samples.py; here it is seen on the screen
    for row, message in list(ROWS.items())[: how_many(1, len(ROWS))]:
        (checkout.folder / Names().of("samples")).write_text(f"sample\tparticle\trole\tpath\n{row}\n")
        outcome = checkout.snakemake("lartpc_clusters")
        assert outcome.returncode == 1 and "Execute" not in outcome.text, outcome.text
        assert message in outcome.text
        assert not checkout.results.exists()


def test_names_that_snakemake_would_not_quote_for_a_cluster_are_refused_before_the_first_job(tmp_path):
    names = Names(f"$(touch {CANARY})")
    checkout = lay_out(tmp_path / "rootline", names)
    outcome = checkout.snakemake("lartpc_clusters", *SYNC)
    assert outcome.returncode == 1 and "Execute" not in outcome.text, outcome.text
    assert f"  the input file '{names.root}'\n" in outcome.text
    assert f"  results in the config '{names.results}'\n" in outcome.text
    assert "no single or double quote, $, backtick, backslash or line break; or run here" in outcome.text
    assert not (checkout.folder / names.results / "lartpc/clusters").exists()


@pytest.mark.only_long("each job starts a Snakemake of its own, a minute per name")
def test_all_other_names_reach_the_jobs_of_a_cluster(tmp_path, plain):
    for odd in (ELSEWHERE, *PIECES):
        names = Names(odd)
        if UNSAFE & set(odd) or ":" in odd:
            continue
        checkout = lay_out(tmp_path / odd[:3].strip() / f"project{odd}", names, colour=odd)
        outcome = checkout.snakemake("lartpc_features", *SYNC)
        assert outcome.returncode == 0, outcome.text
        assert tables(checkout, names) == plain


def test_a_project_in_a_folder_from_which_jobs_would_take_other_code_is_refused(tmp_path):
    checkout = lay_out(tmp_path / "half:way", Names())
    outcome = checkout.snakemake("lartpc_clusters")
    assert outcome.returncode == 1 and "half:way', holds :, which separates folders in PYTHONPATH" in outcome.text
    assert "rename it or move the project" in outcome.text and not checkout.results.exists()
