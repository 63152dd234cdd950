"""Reading people's patterns: every kind of file, every way in which it can be broken."""

import numpy as np
import pytest
from PIL import Image

import hebbfast as hb
from hebbfast import files as images

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (6, 9), dtype=np.uint8)


def save(path, values, **options):
    Image.fromarray(values).save(path, **options)
    return path


@pytest.mark.parametrize("size", [1, 2, 7, 64, 101])
@pytest.mark.parametrize("levels", [1, 2, 3, 256], ids=lambda n: f"{n} levels")
def test_balanced_is_balanced(size, levels):
    grey = RNG.integers(0, levels, size)
    signs = images.binarise(grey)
    assert signs.dtype == np.int8
    assert set(np.unique(signs)) <= {-1, 1}
    assert (signs == 1).sum() == size // 2
    if size > 1:
        assert grey[signs == 1].min() >= grey[signs == -1].max()
    np.testing.assert_array_equal(signs, images.binarise(grey))
    np.testing.assert_array_equal(signs, images.binarise(grey, "median"))


def test_ties_of_equal_pictures_are_broken_alike_and_of_others_differently():
    ones, twos = images.binarise(np.ones((20, 20))), images.binarise(np.full((20, 20), 2.0))
    assert abs(int(np.sum(ones * twos, dtype=int))) < 200  # five standard deviations are 100


def test_thresholds():
    grey = np.array([[0, 100], [101, 255]], np.uint8)
    assert images.binarise(grey, 101).tolist() == [[-1, -1], [1, 1]]
    assert images.binarise(grey, "mean").tolist() == [[-1, -1], [-1, 1]]
    with pytest.raises(ValueError, match=r"threshold must be one of 'balanced', .* or a number, got 'half'"):
        images.binarise(grey, "half")


def test_modes_of_pictures(tmp_path):
    colour = np.stack([GREY] * 3, axis=-1)
    clear = np.dstack([colour, np.where(GREY < 128, 0, 255).astype(np.uint8)])
    pictures = {
        "L": GREY,
        "RGB": colour,
        "I;16": GREY.astype(np.uint16) * 257,
        "1": GREY > 99,
    }
    for name, values in pictures.items():
        expected = np.where(values, 255, 0) if name == "1" else GREY
        read = images.read_grey(save(tmp_path / f"{name.replace(';', '')}.png", values))
        assert read.dtype == np.float32
        np.testing.assert_array_equal(read, expected)
    palette = tmp_path / "P.png"
    Image.fromarray(GREY).convert("P").save(palette)
    np.testing.assert_array_equal(images.read_grey(palette), GREY)
    np.testing.assert_array_equal(images.read_grey(save(tmp_path / "F.tif", GREY.astype(np.float32))), GREY)
    on_white = images.read_grey(save(tmp_path / "RGBA.png", clear))
    np.testing.assert_array_equal(on_white, np.where(GREY < 128, 255, GREY))


def test_orientation_tag_is_obeyed(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned by 90 degrees
    assert images.read_grey(save(tmp_path / "a.png", GREY, exif=exif)).shape == (9, 6)


def test_folder(tmp_path):
    for name in ("b.png", "a.PNG", ".hidden.png"):
        save(tmp_path / name, RNG.integers(0, 256, (6, 9), dtype=np.uint8))
    (tmp_path / "notes.txt").write_text("no picture")
    patterns, names = images.read_patterns(tmp_path)
    assert names == ["a.PNG", "b.png"]
    assert patterns.shape == (2, 54)
    np.testing.assert_array_equal(patterns[1], images.binarise(images.read_grey(tmp_path / "b.png")).ravel())
    assert images.read_patterns(tmp_path, size=(5, 4))[0].shape == (2, 20)
    grey = images.read_grey(tmp_path / "b.png")
    cut = images.read_patterns(tmp_path / "b.png", threshold=50)
    np.testing.assert_array_equal(cut[0].unpack()[0], np.where(grey >= 50, 1, -1).ravel())


def test_broken_pictures(tmp_path):
    whole = save(tmp_path / "whole.png", RNG.integers(0, 256, (90, 90), dtype=np.uint8)).read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[:4000])
    with pytest.raises(ValueError, match=r"cut\.png: damaged picture"):
        images.read_grey(tmp_path / "cut.png")
    (tmp_path / "fake.png").write_text("hello")
    with pytest.raises(ValueError, match=r"fake\.png: not a picture"):
        images.read_grey(tmp_path / "fake.png")
    folder = tmp_path / "sizes"
    folder.mkdir()
    with pytest.raises(ValueError, match="no pictures here"):
        images.read_patterns(folder)
    save(folder / "a.png", GREY)
    save(folder / "b.png", GREY[:, :-1])
    with pytest.raises(ValueError, match=r"b\.png: 8x6 pixels, but .*a\.png has 9x6: resize all with --size 9x6"):
        images.read_patterns(folder)


@pytest.mark.parametrize("block", [1, 100, 2**26])
def test_arrays(tmp_path, monkeypatch, block):
    monkeypatch.setattr(images, "BLOCK_BYTES", block)
    patterns = hb.random_patterns(7, 30, rng=0)
    arrays = {
        "int8": patterns,
        "float": patterns.astype(float),
        "bool": patterns > 0,
        "fortran": np.asfortranarray(patterns),
        "images": patterns.reshape(7, 5, 6),
        "grey": np.where(patterns > 0, 200, 100),
    }
    for name, values in arrays.items():
        file = tmp_path / f"{name}.npy"
        np.save(file, values)
        read, names = images.read_patterns(file, threshold=150)
        np.testing.assert_array_equal(read.unpack(), patterns)
        assert names == [str(i) for i in range(7)]
    np.save(tmp_path / "one.npy", patterns[0])
    assert images.read_patterns(tmp_path / "one.npy")[0].shape == (1, 30)
    np.save(tmp_path / "empty.npy", patterns[:0])
    with pytest.raises(ValueError, match=r"empty\.npy"):
        images.read_patterns(tmp_path / "empty.npy")


def test_archives(tmp_path):
    a, b = hb.random_patterns(2, 30, rng=0), hb.random_patterns(3, 30, rng=1)
    np.savez(tmp_path / "one.npz", a=a)
    np.testing.assert_array_equal(images.read_patterns(tmp_path / "one.npz")[0].unpack(), a)
    np.savez(tmp_path / "two.npz", a=a, b=b)
    np.testing.assert_array_equal(images.read_patterns(f"{tmp_path / 'two.npz'}:b")[0].unpack(), b)
    for path in ("two.npz", "two.npz:c"):
        with pytest.raises(ValueError, match=r"FILE\.npz:NAME; it holds a, b"):
            images.read_patterns(tmp_path / path)


def test_packed_file(tmp_path):
    pytest.importorskip("safetensors")
    patterns = hb.PackedPatterns.random(5, 130, rng=0)
    patterns.save(tmp_path / "p.hebb")
    read, _ = images.read_patterns(tmp_path / "p.hebb")
    np.testing.assert_array_equal(read.words, patterns.words)
    (tmp_path / "cut.hebb").write_bytes((tmp_path / "p.hebb").read_bytes()[:-9])
    with pytest.raises(ValueError, match=r"cut\.hebb: neither \.npy, \.npz, a picture nor a packed file"):
        images.read_patterns(tmp_path / "cut.hebb")


def test_broken_arrays(tmp_path):
    np.save(tmp_path / "p.npy", hb.random_patterns(9, 300, rng=0))
    np.savez(tmp_path / "p.npz", hb.random_patterns(9, 300, rng=0))
    for name in ("p.npy", "p.npz"):
        for size in (0, 5, 60, 500):
            cut = tmp_path / f"cut{size}{name}"
            cut.write_bytes((tmp_path / name).read_bytes()[:size])
            with pytest.raises(ValueError, match=cut.name):
                images.read_patterns(cut)
    for values in (np.full((2, 3), 7), np.array(1), np.array(["a"]), np.array([{}], dtype=object)):
        np.save(tmp_path / "bad.npy", values)
        with pytest.raises(ValueError, match=r"bad\.npy: "):
            images.read_patterns(tmp_path / "bad.npy")
    with pytest.raises(FileNotFoundError, match="no such file or folder"):
        images.read_patterns(tmp_path / "nothing")
