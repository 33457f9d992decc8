"""Animations: what is written is what is seen again."""

import numpy as np
import pytest
from PIL import Image

from prefrontal.report.animation import Animation
from prefrontal.report.images import images
from prefrontal.report.style import caption_of, figure

RED, BLUE = np.array([220, 20, 20], np.uint8), np.array([20, 20, 220], np.uint8)


def frame(colour, height: int = 6, width: int = 10):
    return np.broadcast_to(colour, (height, width, 3))


def test_a_gif_holds_its_frames_their_pace_and_its_caption(tmp_path):
    Animation([frame(RED), frame(BLUE), frame(RED)], "Red, blue.", 0.25).save(tmp_path / "a.gif")
    with Image.open(tmp_path / "a.gif") as gif:
        assert (gif.n_frames, gif.size, gif.info["loop"]) == (3, (10, 6), 0)
        for number, colour in enumerate((RED, BLUE, RED)):
            gif.seek(number)
            assert gif.info["duration"] == 250
            np.testing.assert_allclose(np.asarray(gif.convert("RGB")), frame(colour), atol=12)
    assert caption_of(tmp_path / "a.gif") == "Red, blue."


def test_white_stays_white_however_many_colours_there_are(tmp_path):
    many = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)
    many[:20] = 255
    Animation([many, many[::-1]], "").save(tmp_path / "many.gif")
    with Image.open(tmp_path / "many.gif") as gif:
        assert (np.asarray(gif.convert("RGB"))[:20] == 255).all()


def test_a_page_carries_it(tmp_path):
    Animation([frame(RED), frame(BLUE)], "Red & blue.").save(tmp_path / "life.gif")
    (image,) = images(tmp_path)
    assert (image.name, image.caption, image.width) == ("Life", "Red & blue.", 10)
    assert image.source.startswith("data:image/gif;base64,R0lGOD")


@pytest.mark.parametrize("what", [Animation([frame(RED)], ""), figure()[0]], ids=["animation", "figure"])
def test_a_mistyped_folder_is_named_and_not_made(what, tmp_path):
    with pytest.raises(
        ValueError, match=r"^path is .*x\.out, but there is no folder .*figuers; make it first$"
    ):
        what.save(tmp_path / "figuers" / "x.out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("frames", [[], [frame(RED), frame(RED, width=11)], [np.zeros((3, 3), np.uint8)]])
def test_frames_are_of_one_size(frames):
    with pytest.raises((ValueError, TypeError), match="frames"):
        Animation(frames, "")


def test_it_is_no_faster_than_a_browser_shows_it():
    with pytest.raises(ValueError, match=r"seconds_per_frame is 0.001; it must be 0.02 or more"):
        Animation([frame(RED)], "", 0.001)
