// The player against a clock of ours: frames come when a test says so.

import assert from "node:assert/strict"
import {beforeEach, test} from "node:test"

import {Player} from "../../app/browser/player.js"

let now = 0
let frames = []
globalThis.performance.now = () => now
globalThis.requestAnimationFrame = (callback) => frames.push(callback)
globalThis.cancelAnimationFrame = () => (frames = [])

function pass(seconds) {
  for (const end = now + seconds * 1000; now < end; ) {
    now += 16
    const due = frames
    frames = []
    due.forEach((frame) => frame(now))
  }
}

let places
let player
beforeEach(() => {
  now = 0
  frames = []
  places = []
  player = new Player({onPlace: (place) => places.push(place), onChange: () => {}})
})

test("a run is played to its end in seven seconds, forwards only", () => {
  player.load(400)
  player.grow(400, true)
  player.play()
  pass(3)
  assert.ok(player.place > 0 && player.place < 400)
  pass(4.2)
  assert.equal(player.place, 400)
  assert.equal(player.playing, false)
  assert.deepEqual(places, places.toSorted?.((a, b) => a - b) ?? [...places].sort((a, b) => a - b))
})

test("playing begins with what is there, waits for the rest and goes on", () => {
  player.load(400)
  player.grow(3, false)
  player.play()
  pass(8)
  assert.equal(player.place, 3)
  assert.equal(player.playing, true)
  player.grow(400, true)
  pass(8)
  assert.equal(player.place, 400)
})

test("a run that ends early ends where it does", () => {
  player.load(400)
  player.grow(10, false)
  player.play()
  pass(1)
  player.grow(12, true)
  pass(8)
  assert.equal(player.place, 12)
  assert.equal(player.playing, false)
})

test("seeking beyond what is there goes to the last place that is", () => {
  player.load(400)
  player.grow(50, false)
  player.seek(300)
  assert.equal(player.place, 50)
})
