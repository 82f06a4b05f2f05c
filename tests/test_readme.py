"""The README's Python runs as it stands."""

import re
import subprocess
import sys
from pathlib import Path

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def run(code, folder):
    return subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True).stdout


def test_the_listing_learns_odd_and_even(tmp_path):
    code = BLOCKS[0].replace("model.predict(", "print('odd', model.predict(")
    code = re.sub(r"\]\]\)\)", "]]))[0, 0] > 0.5)", code)
    assert "odd True" in run(code, tmp_path)


def test_handwriting_is_read_and_looked_into(tmp_path):
    printed = run("\n".join(BLOCKS[1:]), tmp_path)
    accuracy = float(re.findall(r"val_accuracy ([\d.]+)", printed)[-1])
    assert accuracy > 0.96
    assert (tmp_path / "digits.safetensors").is_file() and (tmp_path / "report.html").is_file()
    assert "finite difference" in printed
