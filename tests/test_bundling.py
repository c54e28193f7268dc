"""Modules in one file do what they do apart."""

import subprocess
from pathlib import Path

import pytest

from app.bundling import after, bundle
from tests.find_node import executable

SHAPES = {
    "main.js": """
        // import {nothing} from "./comment.js"
        import {area, Square as Box} from "./shapes/square.js"
        import * as words from './words.js'
        import {
          sum,
          unit,
        } from "./sums.js"
        import "./effect.js"

        /** @param {import("./shapes/square.js").Square} box */
        const say = (box) => words.join(String(area(box)), unit, globalThis.effects.join(), `
          // kept`.trim())
        export const said = say(new Box(sum(1, 2)))
        console.log(said)
        import("data:text/javascript,export const late = 4").then(({late}) => console.log(late))
    """,
    "shapes/square.js": """
        import {sum} from "../sums.js"
        export class Square {
          constructor(side) {
            this.side = sum(side, 0)
          }
        }
        export const area = ({side}) => side * side
    """,
    "words.js": """
        const hidden = " "
        export function join(...all) {
          return all.join(hidden)
        }
        export async function later() {}
        export function* many() {}
    """,
    "sums.js": """
        globalThis.effects = [...(globalThis.effects ?? []), "sums"]
        function add(a, b) {
          return a + b
        }
        const unit = "cm"
        export {add as sum, unit}
    """,
    "effect.js": "globalThis.effects.push('effect')",
}


def written(folder: Path, modules: dict[str, str]) -> Path:
    for name, text in modules.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(line.removeprefix(" " * 8) for line in text.splitlines()), encoding="utf-8")
    return folder / "main.js"


def run(file: Path) -> str:
    done = subprocess.run([executable(), file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_bundle_says_what_its_modules_say(tmp_path: Path):
    entry = written(tmp_path, SHAPES | {"package.json": '{"type": "module"}'})
    apart = run(entry)
    entry.with_name("bundle.mjs").write_text(bundle(entry), encoding="utf-8")
    assert apart == "9 cm sums,effect // kept\n4\n"
    assert run(entry.with_name("bundle.mjs")) == apart


def test_each_module_is_there_once_and_before_those_that_import_it(tmp_path: Path):
    text = bundle(written(tmp_path, SHAPES))
    order = [text.index(f"\n// {name}\n") for name in ("shapes/square.js", "words.js", "effect.js", "main.js")]
    assert order == sorted(order)
    assert text.startswith("// sums.js\n")
    assert text.count("// sums.js\n") == 1


@pytest.mark.parametrize(
    ("modules", "message"),
    [
        ({"main.js": 'import {a} from "./main.js"'}, "circle: main.js → main.js"),
        (
            {"main.js": 'import "./a.js"', "a.js": 'import "./b.js"', "b.js": 'import "./a.js"'},
            "circle: a.js → b.js → a.js",
        ),
        ({"main.js": 'import {a, b} from "./a.js"', "a.js": "export const a = 1"}, "main.js imports b from a.js"),
        ({"main.js": 'import {a} from "./a.js"'}, "main.js imports './a.js', but there is no such file"),
        ({"main.js": 'import {a} from "lodash"'}, "main.js imports 'lodash', but"),
        ({"main.js": 'import {a} from "../../outside.js"'}, "outside.js', but there is no such file"),
        ({"main.js": 'import a from "./a.js"', "a.js": ""}, "main.js: a bundle cannot hold 'import a from"),
        ({"main.js": "export default 3"}, "cannot hold 'export default 3'"),
        ({"main.js": "export let a = 3"}, "cannot hold 'export let a = 3'"),
        ({"main.js": "export const {a, b} = {a: 1, b: 2}"}, "cannot hold 'export const {a, b}"),
        ({"main.js": 'export * from "./a.js"', "a.js": ""}, "cannot hold 'export \\* from"),
        ({"main.js": 'export {a} from "./a.js"', "a.js": ""}, "cannot hold 'export {a} from"),
    ],
)
def test_what_a_bundle_cannot_hold_is_named(tmp_path: Path, modules: dict[str, str], message: str):
    with pytest.raises(ValueError, match=message):
        bundle(written(tmp_path, modules))


def test_comments_with_lines_of_their_own_are_left_out(tmp_path: Path):
    whole = bundle(written(tmp_path, SHAPES))
    assert "comment.js" not in whole
    assert "@param" not in whole


LATER = {
    "main.js": """
        import {count} from "./counting.js"
        globalThis.said = [count()]
        export const first = "main"
    """,
    "counting.js": """
        let counted = 0
        export const count = () => (counted += 1)
    """,
    "extra.js": "export const extra = () => 'extra'",
    "later.js": """
        import {count} from "./counting.js"
        import {extra} from "./extra.js"
        const all = () => [count(), extra()]
        export {all, extra}
    """,
}


def test_what_comes_later_shares_the_modules_of_what_came_first(tmp_path: Path):
    entry = written(tmp_path, LATER)
    later = after(tmp_path / "later.js", entry, "./one.mjs")
    assert "counted" not in later
    (tmp_path / "one.mjs").write_text(bundle(entry, first=True), encoding="utf-8")
    (tmp_path / "two.mjs").write_text(later, encoding="utf-8")
    program = (
        'await import("./one.mjs"); const {all, extra} = await import("./two.mjs");'
        " console.log(JSON.stringify([globalThis.said, all(), extra()]))"
    )
    command = [executable(), "--input-type=module", "--eval", program]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == '[[1],[2,"extra"],"extra"]\n'
    assert "export" not in bundle(entry)
