from rootline.pid.figures.model_marks import mark_models

ALL = ("nsigma", "forest", "adaboost", "boosting", "mlp", "ensemble", "attention", "dann")


def test_n_sigma_is_first_and_no_two_models_look_alike():
    marks = mark_models(reversed(ALL))
    assert tuple(marks) == ALL
    assert len({mark.colour for mark in marks.values()}) == len({mark.marker for mark in marks.values()}) == len(ALL)


def test_a_model_looks_the_same_whichever_others_are_there():
    assert mark_models(["mlp", "nsigma"])["mlp"] == mark_models(ALL)["mlp"]


def test_a_model_without_a_mark_of_its_own_takes_a_free_one():
    marks = mark_models(["nsigma", "forest", "wider"])
    assert list(marks) == ["nsigma", "forest", "wider"]
    assert marks["wider"].label == "wider"
    assert marks["wider"].colour not in {marks["nsigma"].colour, marks["forest"].colour}
    assert len(mark_models([*ALL, "wider", "deeper"])) == 10
