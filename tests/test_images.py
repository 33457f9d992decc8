"""Images for Harlow's task: which there are, which are held out, and what is said where there are none."""

import dataclasses
import json
import warnings
from pathlib import Path

import jax
import numpy as np
import pytest
from PIL import Image

from prefrontal import fonts
from prefrontal.disk.serialisation import from_json, to_json
from prefrontal.tasks import EmojiImages, FolderImages, Harlow, Stripes, distribution
from prefrontal.tasks.base import sample_tasks
from prefrontal.tasks.harlow import LARGE_SCREEN, SMALL_SCREEN
from prefrontal.tasks.images import emoji
from prefrontal.tasks.images.pool import resized, square

needs_font = pytest.mark.skipif(
    emoji.find_font() is None, reason="needs emoji; install the package fonts-noto-color-emoji"
)
N = 12


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Twelve images of noise, of several sizes and formats, in two folders; and what is no image."""
    (tmp_path / "more").mkdir()
    random = np.random.default_rng(0)
    for k in range(N):
        noise = random.integers(0, 256, (20 + k, 30 - k, 3), dtype=np.uint8)
        where = tmp_path / ("more" if k % 2 else ".") / f"{k}{('.png', '.JPG', '.webp')[k % 3]}"
        Image.fromarray(noise).save(where)
    (tmp_path / "notes.txt").write_text("not an image")
    return tmp_path


def contents(pixels) -> set[bytes]:
    return {image.tobytes() for image in np.asarray(pixels)}


def drawn(world: Harlow, count: int = 300):
    """The rewarded and the other image of many tasks, tasks first."""
    tasks = sample_tasks(world, jax.random.split(jax.random.key(0), count))
    return (np.moveaxis(np.asarray(image), -1, 0) for image in tasks)


def check_parts(images, height: int, width: int) -> None:
    """Training and held-out tasks have no image in common, and no task has one image twice."""
    screen = dataclasses.replace(
        SMALL_SCREEN, height=height, width=2 * width, image_height=height, image_width=width
    )
    world = Harlow(screen=screen, images=images)
    train, held_out = (contents(part.pixels(height, width)) for part in (images, images.held_out()))
    everything = images.all_pixels(height, width)
    assert everything.dtype == np.uint8
    assert everything.shape[1:] == (height, width, 3)
    assert not train & held_out
    assert len(train) + len(held_out) == len(everything)
    for part, its in ((world, train), (world.held_out(), held_out)):
        first, second = drawn(part)
        assert contents(first) | contents(second) <= its
        assert (first != second).any(axis=(1, 2, 3)).all()


def test_a_folder_is_divided_by_image(folder):
    images = FolderImages(folder)
    check_parts(images, 10, 10)
    assert len(images.pixels(10, 10)) == N // 2
    assert len(FolderImages(folder, training=8).held_out().pixels(10, 10)) == N - 8


@needs_font
@pytest.mark.parametrize("size", [(10, 10), (34, 34)])
def test_emoji_are_divided_by_image(size):
    check_parts(EmojiImages(), *size)
    assert len(EmojiImages().pixels(*size)) == 1000
    assert len(EmojiImages().held_out().pixels(*size)) > 250


def test_every_image_of_a_part_is_drawn_about_as_often_on_either_side(folder):
    images = FolderImages(folder)
    first, second = drawn(Harlow(screen=SMALL_SCREEN, images=images), 1200)
    for side in (first, second):
        _, counts = np.unique(side.reshape(1200, -1), axis=0, return_counts=True)
        assert len(counts) == N // 2
        assert np.abs(counts - 200).max() < 4 * np.sqrt(200)


def test_the_parts_depend_on_what_is_in_the_files_and_not_on_their_names(folder):
    before = FolderImages(folder)
    train = before.pixels(8, 8)
    for path in sorted(folder.rglob("*.png")):
        path.rename(path.with_name(f"renamed-{path.name}"))
    assert FolderImages(folder) == before
    np.testing.assert_array_equal(FolderImages(folder).pixels(8, 8), train)


def test_an_image_that_is_there_twice_counts_once(folder):
    before = FolderImages(folder)
    (folder / "copy.png").write_bytes((folder / "0.png").read_bytes())
    assert FolderImages(folder) == before
    assert len(FolderImages(folder).all_pixels(8, 8)) == N


def test_other_images_than_those_of_the_settings_are_refused(folder):
    images = FolderImages(folder)
    assert len(images.pixels(8, 8)) == N // 2
    (folder / "0.png").unlink()
    with pytest.raises(ValueError, match="fingerprint"):
        images.pixels(8, 8)
    assert FolderImages(folder) != images


def test_the_middle_of_an_image_is_taken_and_averaged():
    """Columns 2 to 5 of 8, in means of two by two; what is transparent is grey."""
    wide = np.zeros((4, 8, 4), np.uint8)
    wide[:, :2], wide[:, 6:] = (255, 0, 0, 255), (0, 255, 0, 255)
    wide[:, 2:4], wide[:2, 4:6], wide[2:, 4:6] = (10, 20, 30, 255), (99, 99, 99, 0), (0, 0, 200, 255)
    wide[0, 2] = (50, 60, 70, 255)
    found = resized(square(Image.fromarray(wide)), 2, 2)
    assert found.tolist() == [[[20, 30, 40], [128, 128, 128]], [[10, 20, 30], [0, 0, 200]]]


def test_a_photograph_is_turned_as_its_camera_says(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    half = np.zeros((16, 16, 3), np.uint8)
    half[:8] = 200
    for k in range(4):
        half[8:] = k
        Image.fromarray(half).save(tmp_path / f"{k}.png", exif=exif)
    for image in FolderImages(tmp_path).all_pixels(2, 2):
        assert (image[1] == 200).all()
        assert (image[0] < 4).all()


@pytest.mark.parametrize("kept", [0, 3])
def test_a_folder_of_too_few_images_is_an_error(folder, kept):
    for path in sorted(path for path in folder.rglob("*.*") if path.suffix != ".txt")[kept:]:
        path.unlink()
    with pytest.raises(ValueError, match=rf"{folder} has {kept} different images, and at least 4 are needed"):
        FolderImages(folder)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"nowhere' is not a folder"):
        FolderImages(tmp_path / "nowhere")


@pytest.mark.parametrize("content", [b"not an image", b"", None])
def test_a_file_that_cannot_be_read_is_named(folder, content):
    broken = folder / "more" / "broken.png"
    broken.write_bytes((folder / "0.png").read_bytes()[:300] if content is None else content)
    with pytest.raises(ValueError, match=r"broken\.png cannot be read as an image"):
        FolderImages(folder).pixels(8, 8)


def test_settings_out_of_range_are_named(folder, unchecked):
    with pytest.raises(ValueError, match="training is 1"):
        FolderImages(folder, training=1)
    with pytest.raises(ValueError, match=r"training is 11, and of 12 images at least 2 must be held out"):
        FolderImages(folder, training=11).pixels(8, 8)
    with pytest.raises(ValueError, match="part is 'test'"):
        unchecked(FolderImages.__post_init__)(_like(folder, part="test"))


def _like(folder: Path, **others):
    """What a FolderImages is before its fields are checked."""
    bare = object.__new__(FolderImages)
    for name, value in {"folder": folder, "training": None, "fingerprint": "", **others}.items():
        object.__setattr__(bare, name, value)
    return bare


@needs_font
def test_emoji_are_the_same_every_time_and_at_every_size():
    small, large = EmojiImages().all_pixels(17, 17), EmojiImages().all_pixels(34, 34)
    halved = large.reshape(-1, 17, 2, 17, 2, 3).mean(axis=(2, 4))
    assert np.abs(halved - small).mean() < 3
    emoji._images.cache_clear()
    emoji._pixels.cache_clear()
    np.testing.assert_array_equal(EmojiImages().all_pixels(17, 17), small)


@needs_font
def test_no_two_emoji_look_the_same():
    coarse = EmojiImages().all_pixels(16, 16).reshape(-1, 768).astype(np.float32)
    nearest = [np.sort(np.abs(coarse - one).mean(axis=1))[1] for one in coarse]
    assert min(nearest) >= emoji.LEAST_DIFFERENCE


def test_of_images_that_are_nearly_the_same_the_first_is_kept():
    one, other = np.zeros((4, 8, 3), np.uint8), np.full((4, 8, 3), 90, np.uint8)
    assert emoji.unlike(np.stack([one, other, one + 7, other - 8, one])) == [0, 1, 3]


@needs_font
def test_pixels_cannot_be_changed_by_whoever_has_them():
    with pytest.raises(ValueError, match="read-only"):
        EmojiImages().pixels(10, 10)[0] = 0


@pytest.fixture
def no_font(monkeypatch, tmp_path):
    monkeypatch.delenv(fonts.VARIABLE, raising=False)
    monkeypatch.setattr(fonts, "PLACES", (str(tmp_path),))


@pytest.mark.usefixtures("no_font")
def test_without_a_font_emoji_are_an_error_that_says_how_to_get_one():
    with pytest.raises(ValueError, match="install the package fonts-noto-color-emoji"):
        EmojiImages()


@pytest.mark.usefixtures("no_font")
@pytest.mark.parametrize("name", ["harlow-emoji", "harlow-paper"])
def test_without_a_font_there_are_stripes_and_a_warning(name):
    with pytest.warns(UserWarning, match=rf"{name}: its images are stripes in place of emoji.*install"):
        world = distribution(name)
    assert world.images == Stripes(instead_of="emoji")
    assert world.images != Stripes()


@needs_font
@pytest.mark.parametrize("name", ["harlow-emoji", "harlow-paper"])
def test_with_a_font_there_are_emoji_and_no_warning(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert isinstance(distribution(name).images, EmojiImages)


def test_a_font_that_is_named_and_not_there_is_an_error(monkeypatch, tmp_path):
    monkeypatch.setenv(fonts.VARIABLE, str(tmp_path / "none.ttf"))
    with pytest.raises(ValueError, match=rf"{fonts.VARIABLE} is .*none\.ttf"):
        distribution("harlow-emoji")


def test_a_file_that_is_no_emoji_font_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv(fonts.VARIABLE, str(tmp_path / "letter.ttf"))
    (tmp_path / "letter.ttf").write_text("Dear font,")
    with pytest.raises(ValueError, match=r"letter\.ttf is not a font with emoji in colour"):
        EmojiImages().pixels(10, 10)


def test_a_font_without_colours_is_no_emoji_font(monkeypatch):
    import matplotlib

    letters = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    monkeypatch.setenv(fonts.VARIABLE, str(letters))
    with pytest.raises(ValueError, match=r"DejaVuSans\.ttf is not a font with emoji in colour"):
        EmojiImages().pixels(10, 10)


@needs_font
def test_the_font_is_found_where_it_is_named(monkeypatch, tmp_path):
    copy = tmp_path / "copy.ttf"
    copy.write_bytes(emoji.emoji_font().read_bytes())
    here = EmojiImages()
    monkeypatch.setenv(fonts.VARIABLE, str(copy))
    assert emoji.emoji_font() == copy
    assert EmojiImages() == here  # the same font, wherever it is


def test_outside_are_images_of_another_kind(folder):
    world = Harlow(screen=SMALL_SCREEN, images=FolderImages(folder))
    assert world.outside().images == Stripes(10)
    assert Harlow().outside().images == Stripes(5)


def test_a_folder_can_be_named_behind_a_distributions_name(folder):
    world = distribution(f"harlow-paper:{folder}")
    assert world == dataclasses.replace(world, images=FolderImages(folder))
    assert world.environment == LARGE_SCREEN
    with pytest.raises(ValueError, match=r"'bandit-restless' has .* after the colon"):
        distribution(f"bandit-restless:{folder}")
    with pytest.raises(ValueError, match="'' is not a folder"):
        distribution("harlow:")


def test_a_distribution_comes_back_from_its_settings(folder):
    worlds = [Harlow(), Harlow(images=Stripes(instead_of="emoji"))]
    worlds.append(Harlow(screen=SMALL_SCREEN, images=FolderImages(folder)))
    if emoji.find_font():
        worlds += [distribution("harlow-emoji"), distribution("harlow-paper").held_out()]
    for world in worlds:
        there = json.loads(json.dumps(to_json(world)))
        assert from_json(Harlow, there) == world
        assert hash(from_json(Harlow, there)) == hash(world)
