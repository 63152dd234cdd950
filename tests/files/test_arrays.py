"""NumPy's files: every dtype, order and name, and every way in which they can be broken."""

import ast
import io
import os
import pickle
import re
import struct
import subprocess
import sys
import zipfile

import numpy as np
import pytest

import hebbfast as hb
from hebbfast import files
from hebbfast.files import arrays, blocks

PATTERNS = hb.random_patterns(7, 30, rng=0)


@pytest.fixture(params=[1, 100, 2**26], ids="blocks of {}".format)
def block(request, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK_BYTES", request.param)


def signs(path, **options):
    return files.read(path, **options)[0].unpack()


def header(shape, dtype="|i1", version=1):
    text = f"{{'descr': {dtype!r}, 'fortran_order': False, 'shape': {shape!r}, }}".ljust(117) + "\n"
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", len(text)) + text.encode()


@pytest.mark.parametrize(
    "values",
    [
        PATTERNS,
        PATTERNS.astype(">f8"),
        PATTERNS.astype(np.float16),
        PATTERNS.astype(np.longdouble),
        PATTERNS.astype(np.int64),
        PATTERNS > 0,
        np.asfortranarray(PATTERNS),
        PATTERNS.reshape(7, 5, 6),
        np.asfortranarray(PATTERNS.reshape(7, 5, 6)),
        np.where(PATTERNS > 0, 200, 100).astype(np.uint8),
        np.where(PATTERNS > 0, 0.75, 0.25),
    ],
    ids=lambda values: f"{values.dtype} {values.shape} {'F' if values.flags.f_contiguous else 'C'}",
)
@pytest.mark.parametrize("kind", ["npy", "npz"])
@pytest.mark.usefixtures("block")
def test_arrays(tmp_path, values, kind):
    path = tmp_path / f"a.{kind}"
    (np.save if kind == "npy" else np.savez_compressed)(path, values)
    read, names = files.read(path, threshold="mean" if np.abs(values.astype(float)).max() < 1 else 150)
    np.testing.assert_array_equal(read.unpack(), PATTERNS)
    assert names == [str(row) for row in range(7)]


def test_one_pattern(tmp_path):
    np.save(tmp_path / "a.npy", PATTERNS[0])
    assert files.read(tmp_path / "a.npy")[0].shape == (1, 30)


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("kind", ["npy", "npz"])
def test_places_are_counted_in_the_file(tmp_path, order, kind):
    for shape, place in (((7, 30), (5, 3)), ((7, 5, 6), (5, 0, 3)), ((210,), (153,))):
        for dtype, wrong in ((np.int8, 0), (np.float64, 0.5), (np.uint8, 255), (np.float32, np.nan)):
            values = np.array(PATTERNS.reshape(shape) ** 2, dtype=dtype, order=order)
            values[place] = wrong
            path = tmp_path / f"a.{kind}"
            (np.save if kind == "npy" else np.savez)(path, values)
            reason = re.escape(f", got {values[place]} at {list(place)}")
            with pytest.raises(ValueError, match=rf"a\.{kind}: [^,]*{reason}$"):
                files.read(path)


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize("threshold", ["balanced", "mean", 0.5])
@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_values_that_are_none_are_never_cut(tmp_path, threshold, wrong):
    for dtype in (np.float16, np.float32, np.float64):
        for others in (0.5, 1):
            values = np.full((7, 30), others, dtype)
            values[5, 3] = wrong
            np.save(tmp_path / "a.npy", values)
            with pytest.raises(ValueError, match=rf"a\.npy: finite values are wanted, got {wrong} at \[5, 3\]"):
                files.read(tmp_path / "a.npy", threshold=threshold)


@pytest.mark.parametrize(
    "values",
    [
        np.array(1),
        np.array([[1, None]], dtype=object),
        np.array(["a"]),
        PATTERNS.astype(complex),
        np.array(["2020-01-01", "NaT"], "M8[s]"),
        np.zeros(3, [("a", int)]),
    ],
    ids=lambda values: str(values.dtype),
)
@pytest.mark.parametrize("threshold", [None, "mean"])
def test_arrays_of_other_things(tmp_path, values, threshold):
    for save, kind in ((np.save, "npy"), (np.savez, "npz")):
        path = tmp_path / f"a.{kind}"
        save(path, values)
        with pytest.raises(ValueError, match=rf"a\.{kind}: an array of numbers is wanted, got .* of shape"):
            files.read(path, threshold=threshold)


def test_nothing_is_unpickled(tmp_path):
    class Trap:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "sprung"),)

    (tmp_path / "a.npy").write_bytes(pickle.dumps(Trap()))
    np.save(tmp_path / "b.npy", np.array([Trap()], dtype=object))
    for name, reason in (("a", "a pickle, which is never read"), ("b", "object")):
        with pytest.raises(ValueError, match=rf"{name}\.npy: .*{reason}"):
            files.read(tmp_path / f"{name}.npy")
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize(
    "shape", [(2**62, 0), (0, 2**62), (2**62, 1), (2**40, 2**40), (10**30,), (-1, 4), (-2, -2), (0,), (3, 0, 5)]
)
def test_headers_that_claim_what_is_not_there(tmp_path, shape):
    (tmp_path / "a.npy").write_bytes(header(shape) + b"\1" * 4)
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("x.npy", header(shape) + b"\1" * 4)
    for name in ("a.npy", "a.npz"):
        with pytest.raises(ValueError, match=rf"{name}: .*(holds no patterns|bytes, got 4: the file is cut short)"):
            files.read(tmp_path / name)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (b"one two\n", "neither .npy, .npz, .mat, lines of numbers, a picture nor a packed file"),
        (b"\x93NUM", "neither .npy"),
        (header((1, 4), version=3) + b"\1" * 4, "version 1.0 or 2.0 of the format is wanted, got 3.0"),
        (header((1, 4), version=9) + b"\1" * 4, "version 1.0 or 2.0 of the format is wanted, got 9.0"),
        (b"\x93NUMPY\1\0" + struct.pack("<H", 9000) + b"(" * 9000, "damaged header"),
        (b"\x93NUMPY\1\0" + struct.pack("<H", 65535) + b" " * 65535, "damaged header"),
        (b"\x93NUMPY\1\0\xff", "damaged header"),
        (header("x"), "damaged header"),
        (header((1, 4), "<q9"), "damaged header"),
        (header((1, 4)) + b"\1" * 3, "needs 4 bytes, got 3: the file is cut short"),
        (header((1, 4)) + b"\1" * 4 + header((1, 4)) + b"\1" * 4, "more follows, one array a file is wanted"),
        (b"PK\5\6" + bytes(18), "it holds no arrays"),
        (b"PK\3\4" + bytes(100), "not a zip file"),
    ],
)
@pytest.mark.parametrize("name", ["a.npy", "a.npz", "a"])
def test_damage(tmp_path, name, content, reason):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=f"{name}: ") as error:
        files.read(tmp_path / name)
    assert reason in str(error.value)
    assert not any(word in str(error.value) for word in ("attribute", "protocol", "allow_pickle"))


def test_every_beginning_of_a_file(tmp_path):
    for name, save in (("a.npy", np.save), ("a.npz", np.savez), ("c.npz", np.savez_compressed)):
        save(tmp_path / name, PATTERNS)
        whole = (tmp_path / name).read_bytes()
        for size in [*range(0, 140, 7), *range(140, len(whole), 41), len(whole) - 1]:
            (tmp_path / "cut").write_bytes(whole[:size])
            with pytest.raises(ValueError, match="cut: "):
                files.read(tmp_path / "cut")


def test_a_changed_byte_in_an_archive_is_noticed(tmp_path):
    for save in (np.savez, np.savez_compressed):
        save(tmp_path / "a.npz", a=PATTERNS > 0)
        whole = bytearray((tmp_path / "a.npz").read_bytes())
        whole[len(whole) // 2] ^= 1
        (tmp_path / "a.npz").write_bytes(whole)
        with pytest.raises(ValueError, match=r"a\.npz: "):
            files.read(tmp_path / "a.npz")


def test_names_within_archives(tmp_path):
    np.savez(tmp_path / "one.npz", a=PATTERNS)
    np.testing.assert_array_equal(signs(tmp_path / "one.npz"), PATTERNS)
    np.savez(tmp_path / "two.npz", **{"a": PATTERNS, "b:c": PATTERNS[:3]})
    np.testing.assert_array_equal(signs(f"{tmp_path / 'two.npz'}:b:c"), PATTERNS[:3])
    for path in ("two.npz", "two.npz:c"):
        with pytest.raises(ValueError, match=r"two\.npz: say which array as FILE\.npz:NAME; it holds a, b:c$"):
            files.read(tmp_path / path)
    np.savez(tmp_path / "many.npz", *PATTERNS, *PATTERNS)
    with pytest.raises(ValueError, match=r"arr_7 and 6 more$"):
        files.read(tmp_path / "many.npz")
    with zipfile.ZipFile(tmp_path / "letter.npz", "w") as archive:
        archive.writestr("word/document.xml", "<a/>")
    with pytest.raises(ValueError, match="it holds no arrays"):
        files.read(tmp_path / "letter.npz")
    np.save(tmp_path / "p.npy", PATTERNS)
    with pytest.raises(ValueError, match="not an archive, there is no array 'a' in it"):
        files.read(f"{tmp_path / 'p.npy'}:a")
    with pytest.raises(FileNotFoundError, match=r"no such file or folder: .*nothing\.npz:a"):
        files.read(tmp_path / "nothing.npz:a")


def test_an_existing_name_with_a_colon_is_a_name(tmp_path):
    np.save(tmp_path / "a.npy", PATTERNS)
    with (tmp_path / "a.npy:b").open("wb") as file:
        np.save(file, PATTERNS[:2])
    assert len(signs(tmp_path / "a.npy:b")) == 2


def test_names_that_say_something_else(tmp_path):
    with (tmp_path / "a.npy").open("wb") as file:
        np.savez(file, PATTERNS)
    for name in ("b.npz", "b.dat", "b"):
        with (tmp_path / name).open("wb") as file:
            np.save(file, PATTERNS)
        np.testing.assert_array_equal(signs(tmp_path / name), PATTERNS)
    np.testing.assert_array_equal(signs(tmp_path / "a.npy"), PATTERNS)


def test_memory_is_a_block_not_the_file(tmp_path):
    """A float64 file of 120 MB (sparse on the disk) is cut without holding it."""
    pytest.importorskip("resource")
    with (tmp_path / "a.npy").open("wb") as file:
        file.write(header((1500, 10_000), "<f8"))
        file.truncate(file.tell() + 1500 * 10_000 * 8)
    code = """if True:
        import resource
        from hebbfast import files
        def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        before = peak()
        print(files.read("a.npy", threshold=0.5)[0].unpack().max(), peak() - before < 100e6)
    """
    done = subprocess.run([sys.executable, "-P", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["-1", "True"]


@pytest.mark.parametrize(
    ("shape", "order", "needed"),
    [((1, 100_000), "C", 112_568), ((100, 1000), "F", 119_200), ((100_000, 1), "C", 7_200_001)],
    ids=["a row", "by columns", "many rows"],
)
def test_a_compressed_file_that_holds_too_much(tmp_path, monkeypatch, shape, order, needed):
    """What must be held at once, and for each row its words of 8 bytes and its name of 64."""
    monkeypatch.setattr(arrays, "_MODEST", 20_000)
    values = np.ones(shape, np.int8, order=order)
    np.savez_compressed(tmp_path / "a.npz", values)
    size = (tmp_path / "a.npz").stat().st_size
    message = rf"a\.npz: an array of shape .* takes {needed:,} bytes of memory, and 20,000 .* file of {size:,} bytes"
    with pytest.raises(ValueError, match=message):
        files.read(tmp_path / "a.npz")
    for save in (np.save, np.savez):
        with (tmp_path / "b").open("wb") as file:
            save(file, values)
        assert files.read(tmp_path / "b")[0].shape == shape


def test_the_header_of_these_tests_is_numpys():
    assert ast.literal_eval(header((1, 4))[10:].decode()) == {"descr": "|i1", "fortran_order": False, "shape": (1, 4)}
    np.testing.assert_array_equal(np.load(io.BytesIO(header((1, 4)) + b"\1" * 4)), np.ones((1, 4), np.int8))
