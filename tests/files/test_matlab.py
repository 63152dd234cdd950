"""Files of MATLAB, written by SciPy: arrays of all kinds of numbers, picked by name; all else is refused."""

import io
import re
import struct
import tracemalloc

import numpy as np
import pytest

import hebbfast as hb
from hebbfast import files
from hebbfast.files import arrays as arrays_of_files

PATTERNS = hb.random_patterns(4, 15, rng=0)


def save(path, arrays, **options):
    pytest.importorskip("scipy.io").savemat(path, arrays, appendmat=False, **options)


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("dtype", ["i1", "u1", "i2", "i4", "u4", "f4", "f8", "i8", "bool"])
@pytest.mark.parametrize("shape", [(4, 15), (4, 5, 3)])
def test_arrays(tmp_path, dtype, shape, compressed):
    values = np.where(PATTERNS > 0, 1, 0 if dtype in ("u1", "u4", "bool") else -1).astype(dtype).reshape(shape)
    save(tmp_path / "a", {"xi": values, "note": "of no interest", "none": {}}, do_compression=compressed)
    for path in (tmp_path / "a", f"{tmp_path}/a:xi"):
        patterns, names = files.read(path, threshold=0.5)
        np.testing.assert_array_equal(patterns.unpack(), PATTERNS)
        assert names == ["0", "1", "2", "3"]
        if dtype[0] != "u":
            assert files.read(path)[0] == patterns


def test_many_small_arrays_of_one_row(tmp_path):
    """Names and values of up to four bytes lie in their tags."""
    arrays = {"abcdefgh"[:size]: PATTERNS[:1, :size] for size in range(1, 9)}
    save(tmp_path / "a.mat", arrays)
    for name, values in arrays.items():
        np.testing.assert_array_equal(files.read(f"{tmp_path}/a.mat:{name}")[0].unpack(), values)


def test_the_other_end_first(tmp_path):
    """As the format says it, byte by byte: doubles held in two bytes each, and two names."""

    def element(kind, content):
        return struct.pack(">II", kind, len(content)) + content + bytes(-len(content) % 8)

    matrix = element(6, struct.pack(">II", 6, 0)) + element(5, struct.pack(">ii", 2, 3)) + element(1, b"xi")
    matrix += element(3, struct.pack(">6h", 1, -1, 1, 1, -1, -1))
    (tmp_path / "a").write_bytes(b"MATLAB 5.0 by hand".ljust(124) + b"\x01\x00MI" + element(14, matrix))
    assert files.read(tmp_path / "a")[0].unpack().tolist() == [[1, 1, -1], [-1, 1, -1]]


@pytest.mark.parametrize(
    ("arrays", "name", "message"),
    [
        ({"a": PATTERNS, "b": PATTERNS}, "", "say which array as FILE.mat:NAME; it holds a, b"),
        ({"a": PATTERNS}, ":c", "say which array as FILE.mat:NAME; it holds a"),
        ({"a": "text", "b": {"c": 1}}, "", "it holds no arrays"),
        ({"a": np.ones((1, 2)) * 1j}, "", "it holds no arrays"),
        ({"a": np.zeros((2, 3))}, "", "without a threshold only +1 and -1 are taken, got 0.0 at [0, 0]"),
        ({"a": np.array([[1, 1], [1, np.nan]])}, "", "got nan at [1, 1]"),
        ({"a": np.ones((0, 3))}, "", "an array of shape (0, 3) holds no patterns"),
    ],
)
def test_what_is_refused(tmp_path, arrays, name, message):
    save(tmp_path / "a.mat", arrays)
    with pytest.raises(ValueError, match=rf"a\.mat: .*{re.escape(message)}"):
        files.read(f"{tmp_path}/a.mat{name}")


@pytest.mark.parametrize("compressed", [False, True])
def test_files_cut_short(tmp_path, compressed):
    save(file := io.BytesIO(), {"xi": PATTERNS}, do_compression=compressed)
    whole = file.getvalue()
    for end in range(7, len(whole) - 4):  # the last four bytes fill up
        (tmp_path / "b.mat").write_bytes(whole[:end])
        with pytest.raises(ValueError, match=r"b\.mat: (damaged|.*no arrays)"):
            files.read(tmp_path / "b.mat")


def test_compressed_matrices_that_hold_too_much(tmp_path, monkeypatch):
    """Only the one that is asked for is unpacked, and not if it would take too much: four times its element."""
    save(tmp_path / "a.mat", {name: np.ones((1, 4 * 10**6), np.int8) for name in "abcd"}, do_compression=True)
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"a\.mat: say which array .* it holds a, b, c, d"):
        files.read(tmp_path / "a.mat")
    assert tracemalloc.get_traced_memory()[1] < 3_000_000
    tracemalloc.stop()
    assert files.read(f"{tmp_path}/a.mat:c")[0].shape == (1, 4 * 10**6)
    monkeypatch.setattr(arrays_of_files, "_MODEST", 16 * 10**6)
    with pytest.raises(ValueError, match=r"a\.mat: an array of shape \(1, 4000000\) takes 16,500,\d+ bytes of memory"):
        files.read(f"{tmp_path}/a.mat:c")
    save(tmp_path / "b.mat", {"a": np.ones((1, 10**6), np.int8)})
    assert files.read(tmp_path / "b.mat")[0].shape == (1, 10**6)


def test_a_damaged_matrix_is_noticed(tmp_path):
    save(file := io.BytesIO(), {"xi": PATTERNS}, do_compression=True)
    whole = bytearray(file.getvalue())
    whole[-1] ^= 1  # of the checksum
    (tmp_path / "a.mat").write_bytes(whole)
    with pytest.raises(ValueError, match=r"a\.mat: damaged \.mat file"):
        files.read(tmp_path / "a.mat")


def test_other_versions(tmp_path):
    (tmp_path / "c.mat").write_bytes(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(512))
    with pytest.raises(ValueError, match=r"c\.mat: version 7\.3 .* save it by MATLAB's save with '-v7'"):
        files.read(tmp_path / "c.mat")


def test_shapes_that_lie(tmp_path):
    save(file := io.BytesIO(), {"xi": PATTERNS})
    whole, true = file.getvalue(), struct.pack("<ii", 4, 15)
    assert whole.count(true) == 1
    for shape in ((4, 16), (2**31 - 1, 2**31 - 1), (-4, -15), (60, 0)):
        (tmp_path / "a.mat").write_bytes(whole.replace(true, struct.pack("<ii", *shape)))
        with pytest.raises(ValueError, match=r"a\.mat: damaged \.mat file: a matrix of shape"):
            files.read(tmp_path / "a.mat")


@pytest.mark.parametrize("array", ["", ":xi"])
def test_version_4_is_named(tmp_path, array):
    save(tmp_path / "a.mat", {"xi": PATTERNS.astype(float)}, format="4")
    with pytest.raises(ValueError, match=r"a\.mat: version 4 of the format is not read: save it by .* with '-v7'"):
        files.read(f"{tmp_path / 'a.mat'}{array}")
    (tmp_path / "a.mat").write_bytes(struct.pack(">5i", 1000, 1, 1, 0, 3) + b"xi\0" + struct.pack(">d", 1))
    with pytest.raises(ValueError, match="version 4 of the format"):
        files.read(f"{tmp_path / 'a.mat'}{array}")
