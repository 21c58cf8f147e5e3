import pytest

from rootline.core.errors import UserError
from rootline.core.samples import is_remote, read_samples, sample_file

ROLES = ("train", "held_out")
HEADER = "sample\tparticle\trole\tpath\ttree\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("p1.root", "p2.root", "k 1.root"):
        (tmp_path / name).touch()
    return tmp_path


def write(folder, text):
    (folder / "samples.tsv").write_text(text)
    return folder / "samples.tsv"


def test_a_glob_becomes_one_entry_per_file_in_the_order_of_names(folder):
    table = write(folder, HEADER + "protons\tproton\ttrain\tp*.root\tana/raw;2\n")
    entries = read_samples(table, roles=ROLES)
    assert [(e.sample, e.path, e.tree) for e in entries] == [
        ("protons", "p1.root", "ana/raw;2"),
        ("protons", "p2.root", "ana/raw;2"),
    ]


def test_rows_may_share_a_sample_and_a_path_may_hold_blanks(folder):
    table = write(folder, HEADER + "kaons\tkaon\theld_out\tk 1.root\t\nkaons\tkaon\theld_out\tp1.root\t\n")
    assert [e.path for e in read_samples(table, roles=ROLES)] == ["k 1.root", "p1.root"]


def test_the_tree_column_comments_and_blank_lines_may_be_there_or_not(folder):
    table = write(folder, "# ours\nsample\tparticle\trole\tpath\n\nprotons\tproton\ttrain\tp1.root\n")
    assert read_samples(table, roles=ROLES)[0].tree == ""


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(folder):
    (folder / "samples.tsv").write_bytes(
        b"\xef\xbb\xbf" + (HEADER + "protons\tproton\ttrain\tp1.root\t\n").replace("\n", "\r\n").encode()
    )
    assert read_samples(folder / "samples.tsv", roles=ROLES)[0].path == "p1.root"


def test_a_value_that_begins_with_a_quote_is_written_as_spreadsheets_do(folder):
    (folder / '"p".root').touch()
    table = write(folder, HEADER + 'protons\tproton\ttrain\t"""p"".root"\t\nkaons\tkaon\ttrain\tp1.root\t\n')
    assert [e.path for e in read_samples(table, roles=ROLES)] == ['"p".root', "p1.root"]


def test_a_remote_path_is_handed_on_untouched(folder):
    url = "root://eos.example.org//store/p*.root"
    table = write(folder, HEADER + f"protons\tproton\ttrain\t{url}\t\n")
    assert read_samples(table, roles=ROLES)[0].path == url
    assert is_remote(url) and not is_remote("data/p.root")


def test_one_more_file_renames_no_other(folder):
    one = write(folder, HEADER + "protons\tproton\ttrain\tp2.root\t\n")
    before = read_samples(one, roles=ROLES)
    two = write(folder, HEADER + "protons\tproton\ttrain\tp1.root\t\nprotons\tproton\ttrain\tp2.root\t\n")
    after = read_samples(two, roles=ROLES)
    assert before[0] in after and len({e.file for e in after}) == 2


def test_files_of_one_name_in_two_folders_have_two_short_names():
    a = sample_file(sample="p", particle="proton", role="train", path="a/run.root")
    b = sample_file(sample="p", particle="proton", role="train", path="b/run.root")
    assert a.file != b.file and a.file.startswith("run-")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no sample; write one row per ROOT file"),
        ("sample\tparticle\trole\n", "line 1: no column path; the columns, tab-separated, are sample, particle"),
        ("sample\tparticle\trole\tpath\tcolour\n", "line 1: unknown column colour"),
        (HEADER + "protons proton train p1.root\n", "line 2: no value for particle .are the columns separated by tabs"),
        (HEADER + "protons\tproton\ttraining\tp1.root\t\n", "line 2: role 'training' is not known; .* train, held_out"),
        (HEADER + "../p\tproton\ttrain\tp1.root\t\n", "line 2, column sample: '../p' is not a usable name"),
        (HEADER + "protons\tproton\ttrain\tnone*.root\t\n", "line 2: no file matches none"),
        (HEADER + "a\tproton\ttrain\tp1.root\t\nb\tproton\ttrain\tp*.root\t\n", "p1.root is already named by line 2"),
        (
            HEADER + "a\tproton\ttrain\tp1.root\t\na\tkaon\ttrain\tp2.root\t\n",
            "line 3: sample a is kaon with role train",
        ),
        (HEADER + "a\tproton\ttrain\t{p}1.root\t\n", "line 2: path '.p.1.root': holds . or ., which Snakemake takes"),
        (HEADER + "a\tproton\ttrain\t~/p1.root\t\n", "line 2: path '~/p1.root': ~ is not replaced by the home folder"),
        (HEADER + "a\tproton\ttrain\tp1.root\t\t\textra\n", "line 2: 7 values for 5 columns"),
        (HEADER + 'a\tproton\ttrain\t"p1.root\t\nb\tkaon\ttrain\tp2.root\t\n', "line 2: cannot be split at its tabs"),
        (HEADER + f"a\tproton\ttrain\t{'p' * 200_000}\t\n", "line 2: cannot be split at its tabs .field larger than"),
        (HEADER + f"a\tproton\ttrain\t{'p' * 300}\t\n", "line 2: no file matches p{300}; relative"),
        (HEADER + "a\tproton\ttrain\t-p1.root\t\n", "line 2: path '-p1.root': begins with -, which programs take"),
    ],
)
def test_a_wrong_table_names_the_line_and_the_remedy(folder, text, message):
    with pytest.raises(UserError, match=message):
        read_samples(write(folder, text), roles=ROLES)


def test_a_file_counts_once_through_a_link_or_another_path_too(folder):
    (folder / "link.root").symlink_to("p1.root")
    for path in ("link.root", "./p1.root", str(folder / "p1.root")):
        table = write(folder, HEADER + f"a\tproton\ttrain\tp1.root\t\nb\tkaon\theld_out\t{path}\t\n")
        with pytest.raises(UserError, match=f"line 3: {path} is already named by line 2; remove one of them"):
            read_samples(table, roles=ROLES)


def test_a_missing_table_says_where_it_was_looked_for(folder):
    with pytest.raises(UserError, match="no such file, looked in .*; set lartpc.input.samples"):
        read_samples(folder / "none.tsv", roles=ROLES)
