"""Training of a run, its model on disk, and what comes out of it."""

import re

import numpy as np
import pandas as pd
import pytest
from torch.nn.modules.module import register_module_forward_hook

from rootline.core.errors import UserError
from rootline.core.files import sha256
from rootline.core.runs import run_id
from rootline.core.tables import TRACK_KEY
from rootline.core.tensors import read_metadata, read_tensors, write_tensors
from rootline.lartpc.latents import encode_tracks, reconstruct_examples
from rootline.lartpc.models import read_model, write_model
from rootline.lartpc.runs import RunConfig
from rootline.lartpc.training import join_parts, select_rows, train_vae
from rootline.lartpc.transforms import apply_transform
from rootline.lartpc.vae import BetaVAE

SIZE = 8
RUN = RunConfig.model_validate(
    {
        "images": {"size": SIZE},
        "model": {"latent_dim": 2, "channels": [8, 16]},
        "train": {"epochs": 6, "batch_size": 16, "lr": 5e-3},
    }
)


class StoppedError(Exception):
    """Ends a training from inside, as a killed job ends."""


def with_train(**changes):
    return RUN.model_copy(update={"train": RUN.train.model_copy(update=changes)})


def track_table(n, *, seed=0):
    """Keys and parts of n tracks, two thirds protons, their images in another order than their keys."""
    rng = np.random.default_rng(seed)
    tracks = pd.DataFrame({"run": 1, "subrun": 1, "event": np.arange(n), "track": 0})
    tracks["particle"] = np.where(tracks["event"] % 3 < 2, "proton", "kaon")
    tracks.insert(0, "sample", tracks["particle"] + "s")
    tracks["part"] = np.array(["train", "train", "train", "val", "test"])[rng.integers(0, 5, n)]
    tracks = tracks.sort_values(list(TRACK_KEY), ignore_index=True)
    tracks["row"] = rng.permutation(n)
    return tracks


def track_images(n, *, seed=1):
    """A vertical track per image whose position and charge vary."""
    rng = np.random.default_rng(seed)
    images = np.zeros((n, 2, SIZE, SIZE), dtype=np.float32)
    for image in images:
        image[:, :, rng.integers(0, SIZE)] = rng.uniform(50, 900)
    return images


TRACKS, IMAGES = track_table(150), track_images(150)


@pytest.fixture(scope="module")
def trained():
    return train_vae(IMAGES, TRACKS, RUN)


@pytest.fixture
def on_disk(tmp_path, trained):
    write_model(tmp_path / "model.safetensors", tmp_path / "config.yaml", RUN, trained)
    return tmp_path / "model.safetensors", tmp_path / "config.yaml"


def test_training_lowers_the_loss_and_records_every_term(trained):
    history = trained.history
    names = [f"{part}_{term}" for part in ("train", "val") for term in ("loss", "reconstruction", "kl")]
    assert list(history) == ["epoch", *names, "kept"]
    assert list(history["epoch"]) == [1, 2, 3, 4, 5, 6]
    assert history["val_loss"].min() < 0.8 * history["val_loss"].iloc[0]
    np.testing.assert_allclose(history["val_loss"], history["val_reconstruction"] + 0.5 * history["val_kl"], rtol=1e-5)


def test_the_same_seed_gives_the_same_bytes(tmp_path, on_disk):
    write_model(tmp_path / "again.safetensors", tmp_path / "again.yaml", RUN, train_vae(IMAGES, TRACKS, RUN))
    assert sha256(tmp_path / "again.safetensors") == sha256(on_disk[0])
    assert sha256(tmp_path / "again.yaml") == sha256(on_disk[1])


def test_a_resumed_run_gives_the_same_bytes(tmp_path, trained, monkeypatch, capsys):
    monkeypatch.setattr("rootline.core.checkpoints.SHARE_OF_TIME", 1e9)  # save after each epoch

    n_forward = iter(range(30))  # passes through the whole network; an epoch has fewer than ten

    def stop(module, inputs, output):
        if isinstance(module, BetaVAE) and next(n_forward, None) is None:
            raise StoppedError

    hook = register_module_forward_hook(stop)
    with pytest.raises(StoppedError):
        train_vae(IMAGES, TRACKS, RUN, checkpoints=tmp_path)
    hook.remove()
    assert (tmp_path / "checkpoint.safetensors").exists()
    resumed = train_vae(IMAGES, TRACKS, RUN, checkpoints=tmp_path)
    assert re.search(r"goes on after epoch [2-5]\n", capsys.readouterr().err)
    pd.testing.assert_frame_equal(resumed.history, trained.history, check_exact=True)
    for name, array in trained.weights.items():
        assert array.tobytes() == resumed.weights[name].tobytes()


@pytest.mark.parametrize("change", ["config", "images"])
def test_a_checkpoint_is_not_gone_on_from_with_another_config_or_other_images(tmp_path, capsys, change):
    train_vae(IMAGES, TRACKS, RUN, checkpoints=tmp_path)
    assert (tmp_path / "checkpoint.safetensors").exists()
    run = with_train(beta=2.0) if change == "config" else RUN
    images = IMAGES * np.float32(1.01) if change == "images" else IMAGES
    resumed = train_vae(images, TRACKS, run, checkpoints=tmp_path)
    assert "starting anew" in capsys.readouterr().err
    undisturbed = train_vae(images, TRACKS, run)
    assert all(array.tobytes() == undisturbed.weights[name].tobytes() for name, array in resumed.weights.items())


def test_a_run_that_diverges_says_where_its_losses_are_and_what_to_try(tmp_path):
    bad = with_train(lr=1e12)
    with pytest.raises(UserError) as caught:
        train_vae(IMAGES, TRACKS, bad, checkpoints=tmp_path)
    text = str(caught.value)
    assert re.match(rf"train_model {run_id(bad)}: the training diverged in epoch \d: ", text)
    assert (
        f"Its losses up to there are in {tmp_path / 'diverged.tsv'}. What to try: a lower train.lr (it is 1e+12)"
        in text
    )


def test_only_train_and_val_of_the_named_species_reach_the_model(trained):
    seen = (TRACKS["particle"] == "proton") & TRACKS["part"].isin(["train", "val"])
    other = IMAGES.copy()
    other[TRACKS.loc[~seen, "row"]] = 12345
    same = train_vae(other, TRACKS, RUN)
    assert all(array.tobytes() == trained.weights[name].tobytes() for name, array in same.weights.items())
    other[TRACKS.loc[seen, "row"].iloc[0]] += 1
    changed = train_vae(other, TRACKS, RUN)
    assert any(array.tobytes() != trained.weights[name].tobytes() for name, array in changed.weights.items())


def test_the_scale_of_a_transform_comes_from_the_train_part_alone():
    images = IMAGES.copy()
    chosen = (TRACKS["particle"] == "proton") & (TRACKS["part"] == "train")
    images[TRACKS.loc[~chosen, "row"]] *= 7
    scale = train_vae(images, TRACKS, with_train(transform="minmax", epochs=1)).scale
    assert scale == {"minimum": 0.0, "maximum": float(images[TRACKS.loc[chosen, "row"]].max())}


def test_a_model_can_learn_a_few_images_by_heart():
    images = track_images(8)
    tracks = track_table(8).assign(particle="proton", part=["train"] * 7 + ["val"])
    images[tracks["row"].iloc[-1]] = images[tracks["row"].iloc[0]]  # what validates is known from training
    run = RunConfig.model_validate(
        {
            "images": {"size": SIZE},
            "model": {"latent_dim": 4, "channels": [16, 32], "activation": "leaky_relu"},
            "train": {"epochs": 150, "batch_size": 7, "lr": 1e-2, "beta": 1e-3, "patience": 150},
        }
    )
    history = train_vae(images, tracks, run).history
    nothing_learnt = 10 * (np.log1p(images) ** 2).sum(axis=(1, 2, 3)).mean()
    assert history["train_reconstruction"].min() < 0.01 * nothing_learnt


@pytest.mark.parametrize(
    ("tracks", "species", "message"),
    [
        (TRACKS, ("muon",), r"train\.species: no track is labelled muon; there are kaon, proton"),
        (TRACKS.assign(part="train"), ("proton",), r"the val part holds none of the 100 tracks of proton.*split\.val"),
    ],
)
def test_a_training_without_tracks_says_which(tracks, species, message):
    with pytest.raises(UserError, match=message):
        train_vae(IMAGES, tracks, with_train(species=species))


def test_a_sample_that_is_not_named_is_never_trained_on():
    held_out = TRACKS.copy()
    hidden = held_out.index[held_out["particle"] == "proton"][::2]
    held_out.loc[hidden, "sample"] = "held_out_protons"
    mine = [name for name in held_out["sample"].unique() if name != "held_out_protons"]
    rows = select_rows(held_out, ["proton"], "train", samples=mine)
    assert len(rows) and not set(rows) & set(held_out.loc[hidden, "row"])
    with pytest.raises(
        UserError, match=r"no track is labelled proton in the samples of role train \(empty\); there are no"
    ):
        select_rows(TRACKS, ["proton"], "train", samples=["empty"])


@pytest.mark.parametrize(("n_train", "batch_size"), [(33, 16), (5, 1)])
def test_a_batch_of_one_image_that_cannot_be_normalised_is_refused(n_train, batch_size):
    run = RunConfig.model_validate(
        {
            "images": {"size": SIZE},
            "model": {"latent_dim": 2, "channels": [4, 4, 4]},  # 8 pixels halved thrice
            "train": {"epochs": 1, "batch_size": batch_size},
        }
    )
    tracks = track_table(n_train + 9).assign(particle="proton", part=["train"] * n_train + ["val"] * 9)
    with pytest.raises(UserError, match=rf"batch_size={batch_size}: the last batch of the {n_train} .* choose another"):
        train_vae(track_images(n_train + 9), tracks, run)
    fits = run.model_copy(update={"train": run.train.model_copy(update={"batch_size": 11})})
    assert len(train_vae(track_images(n_train + 9), tracks, fits).history) == 1


def test_images_of_another_size_are_refused():
    with pytest.raises(UserError, match=r"images are \(2, 8, 8\), run .* needs \(2, 48, 48\)"):
        train_vae(IMAGES, TRACKS, RunConfig())


def test_rows_are_chosen_by_key_and_not_by_position():
    split = TRACKS[[*TRACK_KEY, "part"]]
    keys = TRACKS.drop(columns="part")
    joined = join_parts(keys.sample(frac=1, random_state=1), split.sample(frac=1, random_state=2), IMAGES)
    pd.testing.assert_frame_equal(joined[list(TRACKS)], TRACKS)
    expected = TRACKS.loc[(TRACKS["particle"] == "kaon") & (TRACKS["part"] == "val"), "row"]
    assert list(select_rows(joined, ["kaon"], "val")) == list(expected)


def test_a_track_without_a_part_is_an_error():
    split = TRACKS[[*TRACK_KEY, "part"]]
    with pytest.raises(UserError, match=r"sample=kaons .*in the keys of the images but not in the split"):
        join_parts(TRACKS.drop(columns="part"), split.iloc[1:], IMAGES)


def test_keys_that_do_not_name_every_image_are_an_error():
    keys, split = TRACKS.drop(columns="part"), TRACKS[[*TRACK_KEY, "part"]]
    with pytest.raises(UserError, match="the 150 keys do not name each of the 149 images once"):
        join_parts(keys, split, IMAGES[1:])
    with pytest.raises(UserError, match="do not name each of the 150 images once"):
        join_parts(keys.assign(row=0), split, IMAGES)


def test_a_model_is_read_back_with_its_scale_and_run(on_disk, trained):
    loaded = read_model(*on_disk)
    assert loaded.run == RUN
    assert loaded.scale == trained.scale
    assert not loaded.network.training
    assert read_metadata(on_disk[0])["rootline"].count(run_id(RUN)) == 1


def test_a_model_beside_the_config_of_another_run_is_refused(on_disk, tmp_path, trained):
    other = with_train(seed=9)
    write_model(tmp_path / "other.safetensors", tmp_path / "other.yaml", other, trained)
    with pytest.raises(UserError, match=rf"is of run {run_id(RUN)}, but .*other\.yaml of run {run_id(other)}"):
        read_model(on_disk[0], tmp_path / "other.yaml")


def test_a_foreign_or_damaged_model_is_refused(on_disk):
    model, config = on_disk
    note, weights = read_metadata(model), read_tensors(model)
    write_tensors(model, weights)
    with pytest.raises(UserError, match="names no run and no scale, so Rootline did not write it"):
        read_model(model, config)
    write_tensors(model, {name: array for name, array in weights.items() if name != "mu.bias"}, note)
    with pytest.raises(UserError, match=r"does not fit the architecture in .*config\.yaml: the weights lack mu\.bias"):
        read_model(model, config)
    model.write_bytes(model.read_bytes()[:-10])
    with pytest.raises(UserError, match="cannot be read as safetensors"):
        read_model(model, config)


def test_latents_have_every_track_in_the_order_of_the_key(on_disk):
    model = read_model(*on_disk)
    latents = encode_tracks(IMAGES, TRACKS, model)
    errors = ["reconstruction_error", "reconstruction_error_weighted"]
    assert list(latents) == [*TRACK_KEY, "part", "particle", "mu_0", "mu_1", "logvar_0", "logvar_1", *errors]
    columns = [*TRACK_KEY, "part", "particle"]
    pd.testing.assert_frame_equal(latents[columns], TRACKS[columns])
    assert np.isfinite(latents[["mu_0", "mu_1", "logvar_0", "logvar_1", *errors]].to_numpy()).all()


def test_latents_do_not_depend_on_where_an_image_lies_in_the_file(on_disk):
    model = read_model(*on_disk)
    order = np.random.default_rng(4).permutation(len(IMAGES))
    moved = TRACKS.assign(row=np.argsort(order)[TRACKS["row"]])
    pd.testing.assert_frame_equal(encode_tracks(IMAGES[order], moved, model), encode_tracks(IMAGES, TRACKS, model))


def test_reconstruction_errors_are_those_of_the_image_decoded_from_mu(on_disk):
    model = read_model(*on_disk)
    latents = encode_tracks(IMAGES, TRACKS, model)
    shown = reconstruct_examples(IMAGES, TRACKS, latents, model)
    for _, example in shown.tracks.iterrows():
        image, decoded = shown.images[example["row"]], shown.reconstructions[example["row"]]
        squared = (decoded.astype(np.float64) - image) ** 2
        assert example["reconstruction_error"] == pytest.approx(squared.mean(), rel=1e-4)
        weighted = np.where(image > 0.01, 10 * squared, squared)
        assert example["reconstruction_error_weighted"] == pytest.approx(weighted.mean(), rel=1e-4)


def test_examples_reach_from_the_best_to_the_worst_of_the_tracks_not_trained_on(on_disk):
    model = read_model(*on_disk)
    latents = encode_tracks(IMAGES, TRACKS, model)
    shown = reconstruct_examples(IMAGES, TRACKS, latents, model).tracks
    assert not (shown["part"] == "train").any()
    for particle in ("proton", "kaon"):
        unseen = latents[(latents["particle"] == particle) & (latents["part"] != "train")]["reconstruction_error"]
        errors = shown[shown["particle"] == particle]["reconstruction_error"]
        assert len(errors) == 6
        assert (errors.min(), errors.max()) == (unseen.min(), unseen.max())


def test_examples_are_the_images_of_their_keys(on_disk):
    model = read_model(*on_disk)
    shown = reconstruct_examples(IMAGES, TRACKS, encode_tracks(IMAGES, TRACKS, model), model)
    for _, example in shown.tracks.iterrows():
        row = TRACKS.set_index(list(TRACK_KEY)).loc[tuple(example[list(TRACK_KEY)]), "row"]
        np.testing.assert_allclose(shown.images[example["row"]], apply_transform("log1p", IMAGES[row], {}), rtol=1e-6)


def test_bfloat16_trains_almost_as_single_precision_and_leaves_single_precision():
    single, fewer = train_vae(IMAGES, TRACKS, RUN), train_vae(IMAGES, TRACKS, with_train(precision="bfloat16"))
    losses = [model.history["train_loss"].to_numpy() for model in (single, fewer)]
    assert not np.array_equal(*losses)
    np.testing.assert_allclose(
        *losses, rtol=0.02
    )  # half a digit of the 3 that bfloat16 has, each step on from the last
    assert {name: array.dtype for name, array in fewer.weights.items()} == {
        name: array.dtype for name, array in single.weights.items()
    }
    assert run_id(with_train(precision="bfloat16")) != run_id(RUN)


def test_bfloat16_gives_the_same_bytes_again():
    first, again = (train_vae(IMAGES, TRACKS, with_train(precision="bfloat16")) for _ in range(2))
    assert first.history.equals(again.history)
    assert all(np.array_equal(array, again.weights[name]) for name, array in first.weights.items())
