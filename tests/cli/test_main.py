"""`hebbfast.cli.main` and what starts it: exit codes, Ctrl-C, what is imported, what is missing."""

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from hebbfast import cli


def test_exit_codes(capsys):
    assert cli.main(["info"]) == 0
    assert cli.main(["--help"]) == 0
    assert cli.main(["capacity", "--units", "1", "--workers", "1"]) == 1
    assert cli.main(["nonsense"]) == 2
    assert cli.main(["recall", "--nonsense"]) == 2
    assert "0 all went well, 1 a failure, 2 wrong usage, 130" in capsys.readouterr().out


def test_the_arguments_of_the_process_are_the_default(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["anything", "--version"])
    assert cli.main() == 0
    assert capsys.readouterr().out.startswith("hebbfast ")


def test_module_and_script_are_one(started):
    script = shutil.which("hebbfast", path=os.path.dirname(sys.executable))
    if script is None:
        pytest.skip("the script is not beside this Python")
    assert subprocess.check_output([script, "info"], text=True) == started("info").stdout


def test_misspelt_words_are_answered(started):
    assert "No such command 'recalls'" in started("recalls", code=2).stderr
    assert "--sede" in started("recall", "--sede", 3, code=2).stderr


@pytest.mark.parametrize("missing", ["click", "rich"])
def test_without_the_extra(missing):
    code = f"import sys; sys.modules[{missing!r}] = None; from hebbfast import cli; cli.main(['info'])"
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr == f'hebbfast: the command line needs {missing}: pip install "hebbfast[cli]"\n'


def imported(*args):
    """The modules that a run of the command line imports."""
    code = (
        "import sys; from hebbfast import cli; assert 'click' not in sys.modules; assert cli.main(sys.argv[1:]) == 0;"
        "print(*sorted(sys.modules))"
    )
    text = subprocess.check_output([sys.executable, "-P", "-c", code, *args], text=True, timeout=60)
    return set(text.splitlines()[-1].split())


@pytest.mark.parametrize("line", ["--help", "--version", "info", "recall --help"])
def test_a_command_imports_what_it_needs(line):
    found = imported(*line.split())
    heavy = {"hebbfast.learning", "hebbfast.experiments", "hebbfast.plots", "hebbfast.theory", "hebbfast.pid"}
    assert not found & {*heavy, "scipy", "matplotlib", "PIL", "distributed"}
    commands = {name for name in found if name.startswith("hebbfast.cli.")}
    of_all = {"hebbfast.cli.commands", "hebbfast.cli._shared", "hebbfast.cli._streams"}
    assert commands == of_all | {f"hebbfast.cli.{line.split()[0]}"} - {"hebbfast.cli.--help", "hebbfast.cli.--version"}


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize(
    "line",
    [
        "recall patterns.npy cues.npz --out r.npz --temperature 1e6 --max-sweeps 1000000000",
        "pid --units 500 --networks 1000 --plot r.png",
        "capacity --units 2000 --trials 100000 --workers 2 --plot r.png",
    ],
)
def test_ctrl_c_is_one_line(data, line):
    before = sorted(path.name for path in data.iterdir())
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "hebbfast", *line.split()],
        cwd=data,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:
        deadline = time.monotonic() + 60
        while sorted(path.name for path in data.iterdir()) == before and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(1)
        pressed = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    # CPython ends by the signal where it came within an exec() of an import; shells say 130 of both
    assert process.returncode in (130, -signal.SIGINT) and errors == "interrupted\n"
    assert time.monotonic() - pressed < 5  # a second, and room for a busy machine
    assert sorted(path.name for path in data.iterdir()) == before
