"""Whatever a user points at: read, or refused in a line that begins with its name."""

import os
import socket
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import hebbfast as hb
from hebbfast import files

RNG = np.random.default_rng(0)
posix = pytest.mark.skipif(os.name != "posix", reason="files of POSIX")


def picture(path, size=(9, 6)):
    Image.fromarray(RNG.integers(0, 256, size[::-1], dtype=np.uint8)).save(path)
    return path


def test_folder(tmp_path):
    for name in ("b.png", "a.PNG", ".hidden.png", "._a.png"):
        picture(tmp_path / name)
    for name in ("notes.txt", "Thumbs.db", "desktop.ini", ".DS_Store", "letter.pdf", "patterns.npy", "png"):
        (tmp_path / name).write_text("no picture")
    (tmp_path / "more").mkdir()
    patterns, names = files.read(tmp_path)
    assert names == ["a.PNG", "b.png"]
    assert patterns.shape == (2, 54)
    grey = files.read_grey(tmp_path / "b.png")
    np.testing.assert_array_equal(patterns[1], files.binarise(grey).ravel())
    assert files.read(tmp_path, size=(5, 4))[0].shape == (2, 20)
    cut = files.read(tmp_path / "b.png", threshold=50)
    np.testing.assert_array_equal(cut[0].unpack()[0], np.where(grey >= 50, 1, -1).ravel())
    assert cut[1] == ["b.png"]


def test_content_not_suffix(tmp_path):
    picture(tmp_path / "a.png")
    expected = files.read(tmp_path / "a.png")[0]
    for name in ("a.npy", "a.npz", "a.jpg_large", "a", "a.txt"):
        (tmp_path / name).write_bytes((tmp_path / "a.png").read_bytes())
        read, names = files.read(tmp_path / name)
        assert (read.words.tolist(), names) == (expected.words.tolist(), [name])


def test_names_are_given_back_as_they_are(tmp_path):
    names = ["[red] final.png", "a\x1b[31m.png", "ü σ.png", "$x_1$.png"]
    for name in names:
        picture(tmp_path / name)
    assert files.read(tmp_path)[1] == sorted(names)
    if sys.platform == "linux":
        picture(os.fsencode(tmp_path) + b"/\xff.png")
        assert files.read(tmp_path)[1][-1] == os.fsdecode(b"\xff.png")
        assert files.read(os.fsencode(tmp_path))[1][-1] == os.fsdecode(b"\xff.png")


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n"])
def test_a_folder_with_a_broken_picture_names_it(tmp_path, content):
    picture(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(content)
    with pytest.raises(ValueError, match=r"b\.png: not a picture"):
        files.read(tmp_path)


def test_packed_file(tmp_path):
    pytest.importorskip("safetensors")
    patterns = hb.PackedPatterns.random(5, 130, rng=0)
    for name in ("p.hebb", "p.npy", "p.png", "p"):
        patterns.save(tmp_path / name)
        read, names = files.read(tmp_path / name)
        np.testing.assert_array_equal(read.words, patterns.words)
        assert names == ["0", "1", "2", "3", "4"]
    (tmp_path / "cut.hebb").write_bytes((tmp_path / "p").read_bytes()[:-9])
    with pytest.raises(
        ValueError, match=r"cut\.hebb: neither \.npy, \.npz, \.mat, lines of numbers, a picture nor a packed file"
    ):
        files.read(tmp_path / "cut.hebb")


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
def test_packed_files_are_not_mapped(tmp_path):
    pytest.importorskip("safetensors")
    hb.PackedPatterns.random(100, 1000, rng=0).save(tmp_path / "p.hebb")
    patterns, _ = files.read(tmp_path / "p.hebb")
    with open("/proc/self/maps") as maps:
        assert "p.hebb" not in maps.read()
    assert len(patterns) == 100


@posix
@pytest.mark.parametrize("name", ["a.npy", "a.npz", "a.png", "a.hebb", "pictures/a.png"])
def test_what_would_wait_for_ever_is_refused(tmp_path, name, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pictures").mkdir()
    os.mkfifo("fifo")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        for other in ("fifo", "socket", "/dev/zero", "/dev/null"):
            os.symlink(tmp_path / other, name)
            with pytest.raises(ValueError, match=rf"{name}: not a regular file"):
                files.read("pictures" if "/" in name else name)
            os.unlink(name)


def test_what_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no such file or folder: .*nothing"):
        files.read(tmp_path / "nothing")
    (tmp_path / "file").write_text("")
    with pytest.raises(FileNotFoundError, match=r"no such file or folder: .*below"):
        files.read(tmp_path / "file" / "below")
    with pytest.raises(ValueError, match="no pictures here"):
        files.read(tmp_path)
    with pytest.raises(ValueError, match=r"path must name a file, got .*null"):
        files.read("a\0b")
    for path in (3, None, ["a.npy"]):
        with pytest.raises(TypeError, match="path must be a path, got"):
            files.read(path)
    with pytest.raises(ValueError, match="threshold must be one of"):
        files.read(tmp_path / "nothing", threshold="half")


@posix
def test_links(tmp_path):
    (tmp_path / "pictures").mkdir()
    picture(tmp_path / "a.png")
    (tmp_path / "pictures" / "soft.png").symlink_to(tmp_path / "a.png")
    (tmp_path / "link").symlink_to("pictures")
    assert files.read(tmp_path / "link")[1] == ["soft.png"]
    (tmp_path / "pictures" / "lost.png").symlink_to("nowhere.png")
    with pytest.raises(FileNotFoundError, match=r"lost\.png"):
        files.read(tmp_path / "pictures")
    (tmp_path / "loop.npy").symlink_to("loop.npy")
    with pytest.raises(OSError, match=r"loop\.npy"):
        files.read(tmp_path / "loop.npy")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read(tmp_path):
    for name in ("a.npy", "a.png"):
        (tmp_path / name).write_text("")
        (tmp_path / name).chmod(0)
        with pytest.raises(PermissionError, match=name):
            files.read(tmp_path / name)


def test_arrays_need_no_pillow(tmp_path):
    np.save(tmp_path / "a.npy", np.ones((2, 3)))
    code = """if True:
        import sys
        sys.modules["PIL"] = None
        from hebbfast import files
        print(len(files.read("a.npy")[0]))
        for path in (".", "b.png"):
            try:
                files.read(path)
            except ValueError as error:
                print(error)
    """
    (tmp_path / "b.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    done = subprocess.run([sys.executable, "-P", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    message = 'reading pictures needs Pillow: pip install "hebbfast[cli]"'
    assert done.stdout.splitlines() == ["2", message, message]


def test_the_import_is_light():
    code = "import sys; from hebbfast import files; print(sorted({'PIL', 'safetensors', 'click'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
