import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootline.core.errors import UserError
from rootline.core.names import check_name, check_path, stable_id, suggest_name


@pytest.mark.parametrize("name", ["protons", "K-plus_2024", "a" * 64])
def test_plain_words_are_names(name):
    assert check_name(name, where="here") == name


@pytest.mark.parametrize("name", ["", "2kaons", "../up", "a b", "a/b", "a;b", "$(x)", "a" * 65, "kaön", "a\n"])
def test_a_name_that_could_hurt_a_path_is_refused(name):
    with pytest.raises(UserError, match="samples.tsv: .* is not a usable name; it must start with a letter"):
        check_name(name, where="samples.tsv")


@pytest.mark.parametrize("path", ["data/a b.csv", "/abs/*.root", "../q'u\"o/$(x)/[1].root", "é/ß.txt", "a~"])
def test_odd_but_usable_paths_pass(path):
    assert check_path(path) == path


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("run{1}.root", "wildcard"),
        ("raw<x>.root", "variable"),
        ("x</script><script>alert(1)", "HTML"),
        ("a\nb", "line break"),
        (" a", "blank"),
        ("a ", "blank"),
        ("~/x", "home folder"),
        ("-x", "option"),
    ],
)
def test_a_path_that_would_be_taken_for_something_else_is_refused(path, fault):
    with pytest.raises(ValueError, match=fault):
        check_path(path)


def test_an_id_is_the_same_on_every_machine():
    assert stable_id({"beta": 0.5, "latent_dim": 8}) == stable_id({"latent_dim": 8, "beta": 0.5})
    # Blake2b of the JSON text, computed with hashlib alone; a change would give every run of every user a new id.
    assert stable_id("protons.root") == "ca68548f"


@given(st.dictionaries(st.text(max_size=5), st.integers(), max_size=4), st.text(max_size=5), st.integers())
def test_another_value_gives_another_id(config, key, value):
    changed = {**config, key: value}
    assert (stable_id(changed) == stable_id(config)) == (changed == config)


def test_a_name_that_looks_alike_is_suggested_before_all_that_there_are():
    assert suggest_name("florest", ["mlp", "forest"]) == "did you mean forest? There are mlp, forest"
    assert suggest_name("dann", ["mlp", "forest"]) == "there are mlp, forest"
