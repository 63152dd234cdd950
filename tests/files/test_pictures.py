"""Reading people's pictures: every mode and suffix, every way in which they can be broken."""

import io
import os
import re
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from PIL import Image

from hebbfast import files
from hebbfast.files import pictures

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (6, 9), dtype=np.uint8)
COLOUR = np.stack([GREY] * 3, axis=-1)
NOISE = RNG.integers(0, 256, (90, 90, 3), dtype=np.uint8)


def save(path, values, **options):
    Image.fromarray(values).save(path, **options)
    return path


def png(path, bits, colour, row, clear=None, size=None):
    """A PNG of one row of packed values, written by hand: Pillow writes few depths."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    wide, high = size or (len(row) * 8 // bits // samples, 1)
    content = chunk(b"IHDR", struct.pack(">IIBBBBB", wide, high, bits, colour, 0, 0, 0))
    if clear is not None:
        content += chunk(b"tRNS", struct.pack(f">{len(clear)}H", *clear))
    content += chunk(b"IDAT", zlib.compress(b"\0" + row)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + content)
    return path


def tiff(path, values, bits, *, sample_format=1, white=1, data=None):
    """A TIFF of one strip, written by hand: its header says what the values are."""
    data = values.tobytes() if data is None else data
    high, wide = values.shape
    tags = [(256, wide), (257, high), (258, bits), (259, 1), (262, white), (273, 8), (277, 1), (278, high)]
    tags += [(279, len(data)), (339, sample_format)]
    directory = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    path.write_bytes(b"II*\0" + struct.pack("<I", 8 + len(data)) + data + directory + bytes(4))
    return path


def test_modes_of_8_bits(tmp_path):
    clear = np.dstack([COLOUR, np.where(GREY < 128, 0, 255).astype(np.uint8)])
    for name, values in {"L": GREY, "RGB": COLOUR, "1": GREY > 99}.items():
        expected = np.where(values, 255, 0) if name == "1" else GREY
        read = files.read_grey(save(tmp_path / f"{name}.png", values))
        assert read.dtype == np.float32
        np.testing.assert_array_equal(read, expected)
    palette = tmp_path / "P.png"
    Image.fromarray(GREY).convert("P").save(palette)
    np.testing.assert_array_equal(files.read_grey(palette), GREY)
    on_white = np.where(GREY < 128, 255, GREY)
    np.testing.assert_array_equal(files.read_grey(save(tmp_path / "RGBA.png", clear)), on_white)
    Image.fromarray(clear[..., 2:], "LA").save(tmp_path / "LA.png")
    np.testing.assert_array_equal(files.read_grey(tmp_path / "LA.png"), on_white)
    Image.fromarray(COLOUR).convert("CMYK").save(tmp_path / "CMYK.tif")
    np.testing.assert_allclose(files.read_grey(tmp_path / "CMYK.tif"), GREY, atol=1)
    lab = np.dstack([GREY, np.full((6, 9, 2), 128, np.uint8)])
    Image.frombytes("LAB", (9, 6), lab.tobytes()).save(tmp_path / "LAB.tif")
    np.testing.assert_array_equal(files.read_grey(tmp_path / "LAB.tif"), GREY)


def test_one_transparent_colour_of_a_palette(tmp_path):
    picture = Image.fromarray(GREY).convert("P")
    clear = picture.getpixel((4, 3))
    picture.save(tmp_path / "a.gif", transparency=clear)
    picture.save(tmp_path / "a.png", transparency=clear)
    for name in ("a.gif", "a.png"):
        np.testing.assert_array_equal(files.read_grey(tmp_path / name), np.where(GREY == GREY[3, 4], 255, GREY))


def test_16_bits_are_all_kept(tmp_path):
    deep = RNG.integers(0, 2**16, (6, 9), dtype=np.uint16)
    expected = deep / 257
    paths = [save(tmp_path / "a.png", deep), save(tmp_path / "a.tif", deep)]
    paths += [save(tmp_path / "lzw.tif", deep, compression="tiff_lzw"), save(tmp_path / "a.jp2", deep)]
    Image.fromarray(deep.astype(">u2")).save(tmp_path / "big.tif")
    (tmp_path / "a.pgm").write_bytes(b"P5 9 6 65535\n" + deep.astype(">u2").tobytes())
    for path in [*paths, tmp_path / "big.tif", tmp_path / "a.pgm"]:
        np.testing.assert_allclose(files.read_grey(path), expected, rtol=1e-6, err_msg=path.name)
    read = files.read_grey(tiff(tmp_path / "inverse.tif", deep, 16, white=0))
    np.testing.assert_allclose(read, 255 - expected, atol=1e-4)


def test_12_bits_are_scaled_to_white(tmp_path):
    packed = bytes([0xFF, 0xF8, 0x00, 0x00, 0x00, 0x10])  # 4095 2048 | 0 16, three bytes for two values
    read = files.read_grey(tiff(tmp_path / "a.tif", np.zeros((1, 4), np.uint8), 12, data=packed))
    np.testing.assert_allclose(read, [[255, 2048 * 255 / 4095, 0, 16 * 255 / 4095]], rtol=1e-6)


def test_32_bits_keep_their_scale(tmp_path):
    values = RNG.random((6, 9)).astype(np.float32)
    np.testing.assert_array_equal(files.read_grey(save(tmp_path / "F.tif", values)), values)
    signed = np.arange(54, dtype=np.int32).reshape(6, 9) - 20
    np.testing.assert_array_equal(files.read_grey(save(tmp_path / "I.tif", signed)), signed)
    unsigned = np.array([[0, 1, 2**31, 2**32 - 1]], np.uint32)
    np.testing.assert_array_equal(files.read_grey(tiff(tmp_path / "U.tif", unsigned, 32)), np.float32(unsigned))


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_floats_that_are_none(tmp_path, wrong):
    values = np.ones((6, 9), np.float32)
    values[2, 7] = wrong
    path = save(tmp_path / "a.tif", values)
    for size in (None, (3, 3)):
        with pytest.raises(ValueError, match=rf"a\.tif: grey values must be finite, got {wrong} at \[2, 7\]"):
            files.read_grey(path, size)


@pytest.mark.parametrize(
    ("bits", "row", "clear", "expected"),
    [
        (1, b"\x50", 1, [0, 255, 0, 255, 0, 0, 0, 0]),
        (1, b"\x50", 0, [255, 255, 255, 255, 255, 255, 255, 255]),
        (2, b"\x1b", 1, [0, 255, 170, 255]),
        (4, b"\x01\x23", 1, [0, 255, 34, 51]),
        (8, b"\0\1\2\3", 1, [0, 255, 2, 3]),
        (16, struct.pack(">4H", 0, 1, 257, 514), 1, [0, 255, 1, 2]),
        (16, struct.pack(">4H", 0, 1, 257, 514), 257, [0, 1 / 257, 255, 2]),
        (16, struct.pack(">4H", 0, 1, 257, 514), 2, [0, 1 / 257, 1, 2]),
    ],
)
def test_one_transparent_grey_value_at_every_depth(tmp_path, bits, row, clear, expected):
    np.testing.assert_allclose(files.read_grey(png(tmp_path / "a.png", bits, 0, row, [clear])), [expected], rtol=1e-6)


def test_16_bits_of_colour(tmp_path):
    row = struct.pack(">6H", 0x1234, 0x5678, 0x9ABC, 0x4040, 0x4040, 0x4040)
    read = files.read_grey(png(tmp_path / "a.png", 16, 2, row, (0x1234, 0x5678, 0x9ABC)))
    np.testing.assert_allclose(read, [[255, 0x4040 / 257]], atol=1)
    alpha = struct.pack(">4H", 0x4040, 0, 0x4040, 0xFFFF)
    np.testing.assert_allclose(files.read_grey(png(tmp_path / "b.png", 16, 4, alpha)), [[255, 64]], atol=1)


@pytest.mark.parametrize("way", range(10))
@pytest.mark.parametrize("suffix", ["png", "tif", "webp"])
def test_orientation_tag_is_obeyed(tmp_path, way, suffix):
    ways = {
        2: GREY[:, ::-1], 3: GREY[::-1, ::-1], 4: GREY[::-1], 5: GREY.T, 6: np.rot90(GREY, -1),
        7: np.rot90(GREY, 2).T, 8: np.rot90(GREY),
    }  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = way
    path = save(tmp_path / f"a.{suffix}", COLOUR, exif=exif, **({"lossless": True} if suffix == "webp" else {}))
    np.testing.assert_array_equal(files.read_grey(path), ways.get(way, GREY))
    high, wide = ways.get(way, GREY).shape
    assert files.read_grey(path, (wide, high)).shape == (high, wide)


@pytest.mark.parametrize("suffix", ["png", "webp", "jpg", "tif"])
@pytest.mark.parametrize(
    "exif", [b"Exif\0\0II*\0", b"Exif\0\0MM\0*\0\0", b"Exif\0\0", b"junk", b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0"]
)
def test_damaged_exif_says_nothing_of_the_pixels(tmp_path, suffix, exif):
    if suffix == "tif":  # the directory of a TIFF is its EXIF: a turn of a wrong type
        path = tiff(tmp_path / "a.tif", GREY, 8)
        path.write_bytes(path.read_bytes().replace(struct.pack("<HH", 339, 4), struct.pack("<HH", 0x0112, 2)))
    else:
        path = save(tmp_path / f"a.{suffix}", COLOUR, exif=exif, quality=100)
        expected = np.asarray(Image.open(io.BytesIO(path.read_bytes())).convert("L"))
    expected = GREY if suffix == "tif" else expected
    np.testing.assert_array_equal(files.read_grey(path), expected)


def test_the_first_frame_counts(tmp_path):
    frames = [Image.fromarray(values) for values in (GREY, 255 - GREY)]
    for suffix in ("gif", "tif", "png"):
        frames[0].save(tmp_path / f"a.{suffix}", save_all=True, append_images=frames[1:])
        np.testing.assert_array_equal(files.read_grey(tmp_path / f"a.{suffix}"), GREY)


def test_resized_equal_pixels_stay_equal(tmp_path):
    for value in (77, 200):
        read = files.read_grey(save(tmp_path / "a.png", np.full((60, 90), value, np.uint8)), (17, 13))
        assert (read == value).all()


@pytest.mark.filterwarnings("ignore")  # Pillow says which formats it will drop
def test_every_suffix_that_pillow_reads(tmp_path):
    known = pictures._suffixes()
    assert {".pbm", ".pgm", ".ppm", ".pnm", ".jp2", ".j2k", ".tga", ".ico", ".pcx", ".sgi", ".jfif", ".mpo"} <= known
    assert not known & {".pdf", ".eps", ".ps", ".h5", ".hdf", ".mpg", ".wmf", ".npy", ".txt", ".ini", ".db", ""}
    written = 0
    for suffix in sorted(known):
        for picture in (Image.fromarray(np.tile(COLOUR, (16, 16, 1))), Image.fromarray(GREY > 99)):
            folder = tmp_path / f"{suffix}{picture.mode}"
            folder.mkdir()
            try:
                picture.save(folder / f"a{suffix}")
                Image.open(io.BytesIO((folder / f"a{suffix}").read_bytes())).load()
            except (ValueError, OSError, KeyError):  # Pillow does not write this mode, or not so that it can read it
                continue
            (folder / f"a{suffix}").rename(folder / f"A{suffix.upper()}")
            assert files.read(folder)[1] == [f"A{suffix.upper()}"]
            written += 1
    assert written > 40


def test_bitmaps_are_patterns(tmp_path):
    bits = RNG.integers(0, 2, (2, 8, 8))
    for j, picture in enumerate(bits):
        (tmp_path / f"{j}.pbm").write_text("P1\n8 8\n" + "\n".join(" ".join(map(str, row)) for row in picture) + "\n")
    read, names = files.read(tmp_path, threshold=128)
    np.testing.assert_array_equal(read.unpack(), 1 - 2 * bits.reshape(2, 64))
    assert names == ["0.pbm", "1.pbm"]


SAVED = ("JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP", "TGA", "ICO", "JPEG2000", "PCX", "SGI", "DDS", "PPM")


@pytest.mark.parametrize("kind", SAVED)
def test_damage_is_a_value_error_that_names_the_file(tmp_path, kind):
    """Cut anywhere, or three bytes of the first 200 changed: read, or refused by name, and nothing else."""
    Image.fromarray(NOISE).save(file := io.BytesIO(), format=kind)
    whole, rng = bytearray(file.getvalue()), np.random.default_rng(1)
    broken = [whole[:size] for size in (*range(0, 300, 17), len(whole) // 2, len(whole) - 1)]
    for _ in range(40):
        changed = bytearray(whole)
        for place in rng.integers(0, min(len(whole), 200), 3):
            changed[place] = rng.integers(0, 256)
        broken.append(changed)
    messages = []
    for content in broken:
        (tmp_path / "broken").write_bytes(content)
        try:
            files.read_grey(tmp_path / "broken")
        except ValueError as error:
            messages.append(str(error))
    assert len(messages) >= 10
    assert all(re.match(rf"{tmp_path}/broken: \w", message) for message in messages)


def test_a_picture_cut_short_is_not_read_by_half(tmp_path):
    for suffix in ("png", "jpg", "gif", "tif", "bmp"):
        whole = save(tmp_path / f"whole.{suffix}", NOISE).read_bytes()
        (tmp_path / f"cut.{suffix}").write_bytes(whole[: len(whole) * 2 // 3])
        with pytest.raises(ValueError, match=rf"cut\.{suffix}: (damaged picture|not a picture)"):
            files.read_grey(tmp_path / f"cut.{suffix}")


def test_what_is_no_picture(tmp_path):
    (tmp_path / "fake.png").write_text("hello")
    with pytest.raises(ValueError, match=r"fake\.png: not a picture"):
        files.read_grey(tmp_path / "fake.png")
    (tmp_path / "a.eps").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")  # would start Ghostscript
    with pytest.raises(ValueError, match=r"a\.eps: not a picture"):
        files.read_grey(tmp_path / "a.eps")
    with pytest.raises(FileNotFoundError, match="nothing"):
        files.read_grey(tmp_path / "nothing")


def test_too_many_pixels_are_refused_before_they_are_made(tmp_path):
    for size in ((9460, 9460), (60_000, 60_000), (2**31 - 1, 2**31 - 1), (0, 5), (5, 0)):
        path = png(tmp_path / "a.png", 8, 0, b"\0", size=size)
        for wanted in (None, (8, 8)):
            with pytest.raises(ValueError, match=r"a\.png: .*(pixels|cannot identify|damaged|not a picture)"):
                files.read_grey(path, wanted)
    (tmp_path / "a.pgm").write_bytes(b"P5 9460 9460 255\n")
    with pytest.raises(ValueError, match=r"a\.pgm: 1 to 89,478,485 pixels are wanted, got 9460x9460"):
        files.read_grey(tmp_path / "a.pgm")


@pytest.mark.parametrize("mode", ["1", "RGBA", "F"])
def test_memory_of_a_picture(tmp_path, mode):
    """At most 15 bytes a pixel at 4 million pixels, though all are equal and must be divided by chance."""
    pytest.importorskip("resource")
    Image.new(mode, (2000, 2000), 1).save(tmp_path / "a.tif", compression="tiff_lzw")
    code = """if True:
        import resource
        from hebbfast import files
        from PIL import Image, TiffImagePlugin
        def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        before = peak()
        print(files.read("a.tif")[0].shape[1], (peak() - before) / 2000**2)
    """
    done = subprocess.run([sys.executable, "-P", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    pixels, taken = done.stdout.split()
    assert int(pixels) == 2000**2
    assert float(taken) < (15 if sys.platform == "linux" else 1024 * 15)


def test_no_memory_has_a_text(tmp_path, monkeypatch):
    def none(*arguments):
        raise MemoryError

    monkeypatch.setattr(pictures, "_values", none)
    with pytest.raises(MemoryError, match=r"a\.png: not enough memory for 9x6 pixels"):
        files.read(save(tmp_path / "a.png", GREY))


def test_several_pictures(tmp_path):
    a, b = save(tmp_path / "a.png", GREY), save(tmp_path / "b.png", GREY[:, :-1])
    np.testing.assert_array_equal(
        files.read_pictures([a], threshold="mean").unpack()[0], files.binarise(GREY, "mean").ravel()
    )
    assert files.read_pictures((path for path in (a, b)), (5, 4)).shape == (2, 20)
    with pytest.raises(ValueError, match=r"b\.png: 8x6 pixels, but .*a\.png has 9x6: resize all with --size 9x6"):
        files.read_pictures([a, b])
    with pytest.raises(TypeError, match="paths must be several paths, got one"):
        files.read_pictures(os.fspath(a))
    with pytest.raises(ValueError, match="paths must name at least one picture, got none"):
        files.read_pictures([])
    for threshold in ("half", None):
        with pytest.raises(ValueError, match="threshold must be"):
            files.read_pictures([a], threshold=threshold)


@pytest.mark.parametrize("size", [(0, 3), (3,), 5, (2.0, 3), "44", (10**6, 10**6), (True, 3), (-1, 3)])
def test_sizes_that_are_none(tmp_path, size):
    with pytest.raises(ValueError, match="size must"):
        files.read_grey(save(tmp_path / "a.png", GREY), size)
