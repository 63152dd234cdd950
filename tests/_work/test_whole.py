"""Files that appear whole or not at all: what their names were stays, and nothing is left behind."""

import errno
import os
import stat
import subprocess
import sys
import textwrap

import pytest

from hebbfast._work.whole import same_file, written_whole

posix = pytest.mark.skipif(os.name != "posix", reason="links and modes of POSIX")
no_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")


def write(path, text="new"):
    with written_whole(path, "w") as file:
        file.write(text)


def test_a_new_file_and_one_replaced(tmp_path):
    path = tmp_path / "a.txt"
    for text in ("first", "σ"):
        write(path, text)
        assert path.read_text(encoding="utf-8") == text
    with written_whole(str(path)) as file:
        file.write(b"\0bytes")
    assert path.read_bytes() == b"\0bytes"
    assert os.listdir(tmp_path) == ["a.txt"]


def leave(file, error):
    file.write("half")
    raise error


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_nothing_has_changed_after_an_error(tmp_path, error):
    (tmp_path / "old.txt").write_text("old")
    for name in ("old.txt", "new.txt"):
        with pytest.raises(error), written_whole(tmp_path / name, "w") as file:
            leave(file, error)
    assert os.listdir(tmp_path) == ["old.txt"]
    assert (tmp_path / "old.txt").read_text() == "old"


def test_ctrl_c_while_the_file_is_opened(tmp_path, monkeypatch):
    """It comes when the file is there, and before anybody has it."""
    create = os.open

    def interrupted(*arguments):
        os.close(create(*arguments))
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "open", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "a")
    monkeypatch.undo()
    assert os.listdir(tmp_path) == []


def test_a_file_of_others_under_the_random_name_stays(tmp_path, monkeypatch):
    monkeypatch.setattr("secrets.token_hex", lambda size: "guessed")
    (tmp_path / ".hebbfast-guessed.part").write_text("theirs")
    with pytest.raises(FileExistsError, match=r"path must name a file that can be written, got .*: File exists"):
        write(tmp_path / "a")
    assert (tmp_path / ".hebbfast-guessed.part").read_text() == "theirs"


def test_errors_of_other_files_pass_as_they_are(tmp_path):
    with pytest.raises(FileNotFoundError, match="input"), written_whole(tmp_path / "a"):
        (tmp_path / "input").open()


@posix
def test_links_are_followed_and_stay(tmp_path):
    (tmp_path / "folder").mkdir()
    target, link, chain = tmp_path / "folder" / "target", tmp_path / "link", tmp_path / "chain"
    link.symlink_to("folder/target")
    chain.symlink_to("link")
    for path in (link, chain):  # the target does not exist, then it does
        write(path, path.name)
        assert link.is_symlink() and chain.is_symlink()
        assert target.read_text() == path.name
    assert sorted(os.listdir(tmp_path)) == ["chain", "folder", "link"]
    assert os.listdir(tmp_path / "folder") == ["target"]


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666, 0o755])
def test_modes(tmp_path, mode):
    old = tmp_path / "old"
    old.write_text("old")
    old.chmod(mode)
    write(old)
    assert stat.S_IMODE(old.stat().st_mode) == mode
    mask = os.umask(0o777 & ~mode)
    try:
        write(tmp_path / "new")
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == mode & 0o666


@posix
def test_an_unfinished_file_of_a_private_one_is_private(tmp_path):
    old = tmp_path / "old"
    old.write_text("old")
    old.chmod(0o600)
    with written_whole(old) as file:
        assert stat.S_IMODE(os.fstat(file.fileno()).st_mode) == 0o600


def test_names_as_long_as_they_may_be(tmp_path):
    write(tmp_path / ("x" * 255))
    with pytest.raises(OSError, match=r"path must name a file that can be written, got .*xxx': File name too long"):
        write(tmp_path / ("x" * 256))
    assert [len(name) for name in os.listdir(tmp_path)] == [255]


def test_unfinished_files_differ_and_are_short(tmp_path):
    seen = set()
    for _ in range(20):
        with written_whole(tmp_path / "a"):
            seen |= set(os.listdir(tmp_path)) - {"a"}
    assert len(seen) == 20
    assert all(len(name) < 40 and name.startswith(".") for name in seen)


@posix
def test_a_leftover_of_a_killed_run_is_in_nobodys_way(tmp_path):
    code = "import os, hebbfast._work.whole as w\nwith w.written_whole('a'): os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-P", "-c", code], cwd=tmp_path, check=False)
    assert len(os.listdir(tmp_path)) == 1
    write(tmp_path / "a")
    assert (tmp_path / "a").read_text() == "new"


@posix
def test_what_is_no_regular_file_is_refused_and_stays(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "null").symlink_to("/dev/null")
    for path, reason in (
        (tmp_path, "a folder"),
        (f"{tmp_path}/new/", "a name of a file is wanted"),
        ("", "a name of a file is wanted"),
        ("/dev/null", "not a regular file"),
        (tmp_path / "null", "not a regular file"),
        (tmp_path / "fifo", "not a regular file"),
        (tmp_path / "loop", "symbolic links"),
        (tmp_path / "nowhere" / "a", "no such folder"),
        (tmp_path / "a\0b", "null"),
    ):
        with pytest.raises(OSError, match=f"--out must name a file that can be written, got .*{reason}"):
            with written_whole(path, name="--out"):
                pytest.fail("must be refused before the work")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    with pytest.raises(TypeError, match="path must be a path, got 3"):
        write(3)


@posix
@no_root
def test_where_one_may_not_write(tmp_path):
    (tmp_path / "old").write_text("old")
    (tmp_path / "old").chmod(0o444)
    with pytest.raises(PermissionError, match="write-protected"):
        write(tmp_path / "old")
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(PermissionError, match="Permission denied"):
            write(tmp_path / "new")
    finally:
        tmp_path.chmod(0o755)
    assert os.listdir(tmp_path) == ["old"]


@posix
@pytest.mark.parametrize("size", [100_000, 10_000_000], ids=["at the end", "in the block"])
def test_a_full_disk(tmp_path, size):
    code = f"""
        import os, resource
        from hebbfast._work.whole import written_whole
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        try:
            with written_whole("a", name="--out") as file:
                for _ in range(0, {size}, 5000):
                    file.write(bytes(5000))
        except OSError as error:
            print(error.errno, error, os.listdir())
    """
    done = subprocess.run(
        [sys.executable, "-P", "-c", textwrap.dedent(code)], cwd=tmp_path, capture_output=True, text=True
    )
    wanted = "--out must name a file that can be written, got 'a': File too large []"
    assert (done.stdout.strip(), done.stderr) == (f"{errno.EFBIG} {wanted}", "")


def test_same_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    for name in ("a", "b"):
        (tmp_path / name).write_text(name)
    assert same_file("a", tmp_path / "folder" / ".." / "a")
    assert same_file("new", tmp_path / "new")
    assert not same_file("a", "b")
    assert not same_file("a", "new")
    os.link("a", "hard")
    assert same_file("hard", "a")
    (tmp_path / "soft").symlink_to("a")
    (tmp_path / "dangling").symlink_to("new")
    assert same_file("soft", "hard")
    assert same_file("dangling", "new")
