"""The page does what it says in a real browser."""

import base64
import csv
import json

import numpy as np
import pytest
import torch
from tests.browser import Browser
from tests.unit.lartpc.explorer.pages import SIZE, Inputs, inputs, small_model

from rootline.core.tables import TRACK_KEY
from rootline.lartpc.explorer.decoder import export_decoder

pytestmark = pytest.mark.slow

READY = "document.documentElement.dataset.ready === 'yes'"


def write(folder, made: Inputs):
    path = folder / "explorer.html"
    path.write_text(made.build(), encoding="utf-8")
    return path.as_uri()


@pytest.fixture(scope="module")
def made():
    return inputs()


@pytest.fixture(scope="module")
def address(made, tmp_path_factory):
    return write(tmp_path_factory.mktemp("page"), made)


@pytest.fixture
def page(browser, address):
    with browser.open(address) as opened:
        opened.wait(READY)
        yield opened
        opened.run("localStorage.clear()")  # which all pages of one address share


@pytest.fixture(scope="module")
def shared(browser, address):
    """A page for tests that leave it as it is or do not mind what it shows."""
    with browser.open(address) as opened:
        opened.wait(READY)
        yield opened


def key_text(made, row):
    sample, *numbers, track = made.others["latents"].loc[row, list(TRACK_KEY)]
    return f"{sample} {'/'.join(map(str, numbers))} track {track}"


def text(page, element):
    return page.run(f"document.getElementById({json.dumps(element)}).textContent")


def place_of(page, made, row):
    """Where a point lies in the window."""
    x, y = made.others["embedding"].loc[row, ["umap_1", "umap_2"]]
    return page.run(
        f"""(() => {{
          const map = document.getElementById("map");
          const box = map.querySelector(".nsewdrag").getBoundingClientRect();
          const {{xaxis, yaxis}} = map._fullLayout;
          return [box.left + xaxis.d2p({x}), box.top + yaxis.d2p({y})];
        }})()"""
    )


def lit(page, image):
    """Which pixels of an image are not white."""
    pixels = page.run(
        f"""(() => {{
          const canvas = document.querySelector(`canvas[data-image="{image}"]`);
          const {{data}} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return Array.from({{length: data.length / 4}}, (_, i) => data[4 * i] + data[4 * i + 1] + data[4 * i + 2] < 765);
        }})()"""
    )
    return np.array(pixels).reshape(SIZE, SIZE)


def wait_for(page, made, row):
    page.wait(f"document.getElementById('images').dataset.row === '{row}'")
    assert text(page, "key") == key_text(made, row)


def downloaded(page, folder):
    """Wait for a download and give its file."""
    for _ in range(400):
        if files := list(folder.glob("*.csv")):
            return files[0]
        page.run("new Promise((done) => setTimeout(done, 50))")
    raise TimeoutError(f"nothing was downloaded to {folder}")


def lonely_row(made):
    """A point that no other one covers."""
    places = made.others["embedding"][["umap_1", "umap_2"]].to_numpy()
    distances = np.linalg.norm(places[:, None] - places[None], axis=2) + 1e9 * np.eye(len(places))
    inside = np.abs(places).max(axis=1) < 1.2
    return int(np.argmax(np.where(inside, distances.min(axis=1), 0)))


def test_the_page_loads_without_a_complaint_and_asks_for_nothing(page):
    assert page.complaints() == []
    assert page.run("document.getElementById('trouble').hidden")
    assert page.run("document.querySelectorAll('#map canvas').length") > 0


def test_a_click_on_a_point_shows_the_image_of_its_track(page, made):
    row = lonely_row(made)
    assert row != 0
    page.click(*place_of(page, made, row))
    wait_for(page, made, row)
    expected = made.images[made.keys.loc[row, "row"]] > 0
    for number, plane in enumerate(("collection", "induction")):
        for image in ("raw", "transformed"):
            np.testing.assert_array_equal(lit(page, f"{image} {plane}"), expected[number])
    shown = page.run(
        "document.getElementById('profile').data.map((line) => [line.x[0], line.y.length, Math.max(...line.y)])"
    )
    for (first, length, largest), plane in zip(shown, ("collection", "induction"), strict=True):
        profile = made.tracks[f"{plane}_profile"][row].as_py()
        assert (first, length) == (made.tracks[f"{plane}_wire_min"][row].as_py(), len(profile))
        assert largest == pytest.approx(max(profile), rel=0.02)
    assert page.complaints() == []


@pytest.mark.parametrize("form", ["{run}/{subrun}/{event}", "{run} {subrun} {event} {track}", "{event} {sample}"])
def test_the_search_finds_an_event(shared, made, form):
    row = 17
    shared.run("document.getElementById('search').value = ''")
    shared.run("document.getElementById('previous').click()")
    shared.run("document.getElementById('search').focus()")
    shared.type(form.format(**made.others["latents"].loc[row]))
    assert key_text(made, row) in text(shared, "hits")
    shared.press("Enter")
    wait_for(shared, made, row)


def test_a_search_without_a_hit_says_so(shared):
    shared.run("document.getElementById('search').focus()")
    shared.type("1/1/999999")
    assert text(shared, "hits") == "no such track"


def test_what_the_lasso_encloses_is_marked_and_exported(page, made, tmp_path):
    page.download_to(tmp_path)
    places = np.array([place_of(page, made, row) for row in range(len(made.keys))])
    low, high = np.quantile(places, [0.3, 0.7], axis=0)
    enclosed = np.flatnonzero(((places > low) & (places < high)).all(axis=1))
    assert len(enclosed) > 3
    page.drag([tuple(low), (high[0], low[1]), tuple(high), (low[0], high[1]), tuple(low)])
    page.wait(f"document.getElementById('selected-count').textContent === '{len(enclosed)}'")
    page.run("document.getElementById('mark-selected').click()")
    assert text(page, "marked-count") == str(len(enclosed))
    bright = (
        "document.getElementById('map').data.slice(0, -1).reduce((sum, trace) => sum + trace.selectedpoints.length, 0)"
    )
    for axis in ("umap_1", "mu_2"):
        page.run(f"document.getElementById('x').value = '{axis}'")
        page.run("document.getElementById('x').dispatchEvent(new Event('change'))")
        page.run("new Promise((done) => setTimeout(done, 300))")
        assert page.run(bright) == len(enclosed)
        assert text(page, "selected-count") == str(len(enclosed))
    page.run("document.getElementById('download').click()")
    with downloaded(page, tmp_path).open(newline="") as stream:
        header, *rows = csv.reader(stream)
    assert header == list(TRACK_KEY)
    expected = made.others["latents"].loc[enclosed, list(TRACK_KEY)].astype(str).to_numpy().tolist()
    assert rows == expected


def test_marks_are_still_there_after_a_reload(page, made):
    page.press("n")
    wait_for(page, made, 1)
    page.press("m")
    assert text(page, "marked-count") == "1"
    assert page.run("document.getElementById('mark').getAttribute('aria-pressed')") == "true"
    page.run("document.documentElement.dataset.ready = ''")
    page.call("Page.reload")
    page.wait(f"document.documentElement && {READY}")
    assert text(page, "marked").startswith(key_text(made, 1))


def test_a_table_of_marks_can_be_loaded(page, made, tmp_path):
    table = tmp_path / "mine.csv"
    rows = made.others["latents"].loc[[3, 5], list(TRACK_KEY)].assign(remark='a "word", quoted')
    rows.loc[99] = ["nowhere", 1, 2, 3, 4, ""]
    rows[["remark", *TRACK_KEY]].to_csv(table, index=False, lineterminator="\r\n")
    root = page.call("DOM.getDocument")["root"]["nodeId"]
    field = page.call("DOM.querySelector", nodeId=root, selector="#file")["nodeId"]
    page.call("DOM.setFileInputFiles", nodeId=field, files=[str(table)])
    page.wait("document.getElementById('marked-note').textContent !== 'None yet.'", timeout_s=20)
    assert text(page, "marked-count") == "2", text(page, "marked-note")
    page.wait("document.getElementById('marked-note').textContent === '2 loaded; 1 lines name no track of this page'")
    assert key_text(made, 5) in text(page, "marked")
    table.write_text("event\n5\n")
    page.call("DOM.setFileInputFiles", nodeId=field, files=[str(table)])
    page.wait("document.getElementById('marked-note').textContent.includes('needs the columns sample, run')")


def test_a_reference_event_is_chosen_from_among_its_candidates(browser, tmp_path):
    made = inputs(protons=8, kaons=0)
    for name in ("latents", "embedding", "features"):
        made.others[name].loc[1, ["event", "track"]] = [0, 1]
    made.others["scores"] = made.others["scores"].iloc[:0]
    made.others["latents"].loc[1, "particle"] = "kaon candidate"
    made.others["embedding"] = made.others["embedding"].drop(index=1)
    made.others["kaon_scores"] = made.others["latents"].loc[[1], list(TRACK_KEY)].assign(kaon_score=0.25)
    made.others["references"] = ["protons"]
    made.keys.loc[1, ["event", "track"]] = [0, 1]
    tracks = made.tracks
    for name in ("event", "track"):
        values = made.others["latents"][name].to_numpy()
        tracks = tracks.set_column(tracks.column_names.index(name), name, [values])
    with browser.open(write(tmp_path, made._replace(tracks=tracks))) as opened:
        opened.wait(READY)
        opened.download_to(tmp_path)
        assert "kaon candidate (n = 0 of 1)" in opened.run("document.querySelector('#map .legend').textContent")
        assert text(opened, "siblings") == "The event has other tracks:1, kaon candidate"
        opened.press("m")
        opened.run("document.querySelector('#siblings button').click()")
        opened.wait("document.getElementById('images').dataset.row === '1'")
        assert "kaon score (forest)0.25" in text(opened, "numbers")
        opened.press("m")
        assert text(opened, "marked-note") == "1 more reference tracks than events: mark one of each."
        opened.run("document.querySelector('#marked .remove').click()")
        opened.run("document.getElementById('download-reference').click()")
        assert downloaded(opened, tmp_path).read_text() == "sample,run,subrun,event,track\nprotons,1,1,0,1\n"
        assert opened.complaints() == []


def test_a_track_decodes_to_what_torch_makes_of_its_latents(shared, made):
    row = 9
    decoded = shared.run(f"Explorer.ready.then((study) => Array.from(study.decode(study.latentsOf({row}))))")
    latents = made.others["latents"].loc[[row], [f"mu_{number}" for number in range(4)]].to_numpy(dtype=np.float32)
    with torch.no_grad():
        expected = made.others["model"].network.decode(torch.from_numpy(latents))[0].numpy()
    np.testing.assert_allclose(np.array(decoded).reshape(expected.shape), expected, atol=2e-3 * expected.max())


def test_a_slider_decodes_a_new_image_at_once(page, made):
    wait_for(page, made, 0)
    moved = made.others["latents"].loc[0, [f"mu_{number}" for number in range(4)]].to_numpy(dtype=np.float32).copy()
    page.run("document.querySelector('#sliders input').focus()")
    before = float(page.run("document.querySelector('#sliders input').value"))
    for _ in range(120):
        page.press("ArrowRight")
    moved[0] = float(page.run("document.querySelector('#sliders input').value"))
    assert moved[0] > before + 1
    page.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    with torch.no_grad():
        expected = made.others["model"].network.decode(torch.from_numpy(moved[None]))[0].numpy()
    largest = np.log1p(made.images[made.keys.loc[0, "row"]].max())
    sure = np.abs(expected - 0.05 * largest) > 0.02
    for number, plane in enumerate(("collection", "induction")):
        found = lit(page, f"decoded {plane}")
        np.testing.assert_array_equal(found[sure[number]], (expected[number] > 0.05 * largest)[sure[number]])
    assert not np.array_equal(lit(page, "decoded collection"), lit(page, "reconstruction collection"))


@pytest.mark.parametrize("activation", ["relu", "softplus", "gelu", "silu", "leaky_relu"])
@pytest.mark.parametrize("kernel", [{}, {"kernel": 4, "padding": 1}])
def test_the_pages_decoder_is_that_of_torch(shared, activation, kernel):
    model = small_model(activation=activation, **kernel)
    exported = export_decoder(model.network, model.run.model, image_shape=(SIZE, SIZE))
    description = {"layers": exported.layers, "code_shape": exported.code_shape, "activation": activation}
    latents = np.random.default_rng(4).normal(size=(5, 4)).astype(np.float32)
    halves = base64.b64encode(exported.weights.tobytes()).decode()
    decoded = shared.run(
        f"""(() => {{
          const bytes = Uint8Array.from(atob("{halves}"), (letter) => letter.charCodeAt(0));
          const biases = Float32Array.from({json.dumps(exported.biases.tolist())});
          const decode = Decoder.build({json.dumps(description)}, Unpack.halves(bytes.buffer), biases);
          return {json.dumps(latents.tolist())}.map((latents) => Array.from(decode(Float32Array.from(latents))));
        }})()"""
    )
    with torch.no_grad():
        expected = model.network.decode(torch.from_numpy(latents)).numpy()
    np.testing.assert_allclose(np.reshape(decoded, expected.shape), expected, atol=2e-3 * expected.max())


def test_names_that_look_like_code_are_only_text(browser, tmp_path):
    made = inputs(protons=6, kaons=6)
    name = "</script><img src=x onerror=document.title='hit'>"
    for table in ("latents", "features"):
        made.others[table]["particle"] = name
    for table in ("latents", "embedding", "features", "scores"):
        made.others[table]["sample"] = name
    made.others["latents"]["event"] = made.others["features"]["event"] = np.arange(12)
    made.others["embedding"]["event"] = np.arange(12)
    made.others["scores"] = made.others["scores"].iloc[:0]
    tracks = made.tracks.set_column(0, "sample", [[name] * 12]).set_column(3, "event", [np.arange(12)])
    keys = made.keys.assign(sample=name, event=np.arange(12))
    with browser.open(write(tmp_path, made._replace(tracks=tracks, keys=keys))) as opened:
        opened.wait(READY)
        opened.press("m")
        assert text(opened, "key").startswith(f"{name} 1/")
        assert name in opened.run("document.querySelector('#map .legend').textContent")
        assert opened.run("document.images.length") == 0
        assert opened.run("document.title").startswith("Explorer of run")
        assert opened.complaints() == []


def test_without_webgl_the_page_says_so_and_works(browser_program, address, made, tmp_path):
    plain = Browser(browser_program, tmp_path, "--disable-gpu", "--disable-3d-apis")
    try:
        with plain.open(address) as opened:
            opened.wait(READY)
            assert text(opened, "trouble").startswith("This browser offers no WebGL")
            row = lonely_row(made)
            opened.click(*place_of(opened, made, row))
            wait_for(opened, made, row)
            assert opened.complaints() == []
    finally:
        plain.close()


@pytest.mark.parametrize("colour", ["part", "training", "sample", "total_adc", "profile_kurtosis", "probe_score", "m"])
def test_tracks_can_be_coloured_by_anything(shared, made, colour):
    shared.run(f"document.getElementById('colour').value = '{colour}'")
    shared.run("document.getElementById('colour').dispatchEvent(new Event('change'))")
    shared.run("document.getElementById('x').value = 'mu_2'")
    shared.run("document.getElementById('x').dispatchEvent(new Event('change'))")
    shared.wait("document.getElementById('map')._fullLayout.xaxis.title.text === 'latent 2'")
    drawn = shared.run(
        "document.getElementById('map').data.slice(0, -1).reduce((sum, trace) => sum + trace.x.length, 0)"
    )
    assert drawn == len(made.keys)
    assert shared.complaints() == []


def test_of_forty_thousand_tracks_none_has_an_element_of_its_own(browser, tmp_path):
    with browser.open(write(tmp_path, inputs(protons=20_000, kaons=20_000))) as opened:
        opened.wait(READY)
        # WebGL draws them all at once; a page with an element for each track takes seconds for every change.
        assert opened.run("document.getElementById('map').data.every((trace) => trace.type === 'scattergl')")
        assert opened.run("document.getElementsByTagName('*').length") < 4_000
        opened.run("document.getElementById('colour').value = 'total_adc'")
        opened.run("document.getElementById('colour').dispatchEvent(new Event('change'))")
        opened.wait("document.getElementById('map').data[0].x.length === 40000")
        opened.run("document.getElementById('search').focus()")
        opened.type("39999")
        opened.press("Enter")
        opened.wait("document.getElementById('key').textContent.includes('/39999 ')")
        assert opened.complaints() == []
