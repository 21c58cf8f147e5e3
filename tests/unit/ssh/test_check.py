from rootline.ssh.check import COLUMNS, draw_table


def test_a_table_is_aligned_and_leaves_out_what_nobody_knows():
    empty = dict.fromkeys(COLUMNS, "-")
    rows = [{**empty, "host": "gpu1", "reached": "yes"}, {**empty, "host": "ana@gpu2.example.org", "reached": "no (!)"}]
    assert draw_table(rows).splitlines() == [
        "host                  reached",
        "--------------------  -------",
        "gpu1                  yes",
        "ana@gpu2.example.org  no (!)",
    ]
