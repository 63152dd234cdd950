"""README's ten lines run as they stand."""

import re
from pathlib import Path


def test_readme_example(capsys):
    text = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    exec(re.search(r"```python\n(.+?)```", text, re.DOTALL)[1], {})
    first = capsys.readouterr().out.splitlines()[0]
    assert first == "1.0"
