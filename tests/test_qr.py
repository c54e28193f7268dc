"""The page's QR codes against another program's, square for square."""

import json
import random
import string
import subprocess
from pathlib import Path

import pytest
import qrcode
from qrcode.util import MODE_8BIT_BYTE, QRData

from tests.find_node import executable

MODULE = Path(__file__).parent.parent / "app" / "browser" / "qr.js"
PROGRAM = """
import {readFileSync} from "node:fs"
const {qrCode} = await import(process.argv[1])
console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(qrCode)))
"""
LENGTHS = (0, 1, 17, 18, 32, 53, 78, 106, 134, 154, 192, 230, 231, 271, 500, 900, 1500, 2000, 2500, 2953)
ALPHABET = string.ascii_letters + string.digits + ";=,.-_:/#%?"


def ours(texts: list[str]) -> list[list[list[int]] | None]:
    """What the page makes of some texts."""
    command = [executable(), "--input-type=module", "--eval", PROGRAM, MODULE.as_uri()]
    run = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def reference(text: str, mask: int) -> list[list[int]]:
    """The same code by the other program, with a given mask: which one is easiest to read is a matter of opinion."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_L, mask_pattern=mask, border=0)
    code.add_data(QRData(text.encode(), mode=MODE_8BIT_BYTE))
    code.make(fit=True)
    return [[int(dark) for dark in row] for row in code.get_matrix()]


def mask_of(squares: list[list[int]]) -> int:
    """The mask that a code says it has, in the three bits after its level."""
    bits = [squares[8][column] for column in (0, 1, 2, 3, 4)]
    told = [bit ^ flip for bit, flip in zip(bits, (1, 0, 1, 0, 1), strict=True)]
    assert told[:2] == [0, 1], "level L"
    return 4 * told[2] + 2 * told[3] + told[4]


def test_codes_are_those_of_another_program():
    numbers = random.Random(3)
    texts = ["".join(numbers.choices(ALPHABET, k=length)) for length in LENGTHS] + ["Übung: ŷ = w·x + b, 回帰"]
    for text, squares in zip(texts, ours(texts), strict=True):
        assert squares is not None
        assert squares == reference(text, mask_of(squares)), (len(text), len(squares))


@pytest.mark.parametrize("text", ["x" * 2954, "ü" * 1477])
def test_what_no_code_can_hold_is_none(text: str):
    assert ours([text]) == [None]
