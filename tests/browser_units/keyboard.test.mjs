// The keys: what each means, and what has the focus when it means nothing.

import assert from "node:assert/strict"
import test from "node:test"

import {KEYS, meaning, withKey} from "../../app/browser/keyboard.js"

const pressed = (key, more = {}) => ({key, ctrlKey: false, altKey: false, metaKey: false, repeat: false, defaultPrevented: false, ...more})
/** Something that has the focus, which answers to these parts of a selector. */
const focused = (...parts) => ({closest: (selector) => (selector.split(", ").some((part) => parts.includes(part)) ? {} : null)})
const page = focused()

test("each key has one meaning, in words", () => {
  const keys = Object.values(KEYS).flatMap(({keys}) => keys)
  assert.equal(new Set(keys).size, keys.length)
  for (const [name, {keys, does}] of Object.entries(KEYS)) {
    assert.ok(does.length > 5)
    assert.equal(meaning(pressed(keys[0]), page, true), name)
  }
  assert.equal(withKey("run", "Run"), "Run (R)")
})

test("large letters mean the same, keys with Ctrl are the browser's", () => {
  assert.equal(meaning(pressed("R"), page, false), "run")
  for (const held of ["ctrlKey", "altKey", "metaKey", "defaultPrevented"]) {
    assert.equal(meaning(pressed("r", {[held]: true}), page, false), null)
  }
})

test("Page Down is the next demonstration while presenting, and scrolls else", () => {
  assert.equal(meaning(pressed("PageDown"), page, true), "next")
  assert.equal(meaning(pressed("PageDown"), page, false), null)
})

test("a key that is held down steps, and does nothing else again", () => {
  assert.equal(meaning(pressed("ArrowRight", {repeat: true}), page, false), "forward")
  assert.equal(meaning(pressed(" ", {repeat: true}), page, false), null)
})

test("nothing while typing or choosing, nor in a dialog", () => {
  for (const of of ["textarea", "select", "[contenteditable]", "dialog", "input:not([type=checkbox]"]) {
    for (const key of ["r", " ", "1", "ArrowRight", "?"]) {
      assert.equal(meaning(pressed(key), focused(of), true), null, `${key} in ${of}`)
    }
  }
})

test("a slider keeps the keys that move it, a button the one that presses it", () => {
  const [slider, button] = [focused("input[type=range]"), focused("button")]
  for (const key of ["ArrowLeft", "ArrowRight", "Home", "PageUp", "PageDown"]) {
    assert.equal(meaning(pressed(key), slider, true), null, key)
  }
  assert.equal(meaning(pressed(" "), slider, false), "play")
  assert.equal(meaning(pressed(" "), button, false), null)
  assert.equal(meaning(pressed("ArrowRight"), button, false), "forward")
})
