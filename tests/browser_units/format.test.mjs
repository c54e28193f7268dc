import assert from "node:assert/strict"
import {test} from "node:test"

import {apart, loss, parameter, parse, percent, scientific, setting, significant} from "../../app/browser/format.js"

test("losses have two decimals, and powers of ten where these say nothing", () => {
  assert.equal(loss(12.3456), "12.35")
  assert.equal(loss(0), "0.00")
  assert.equal(loss(0.001234), "0.001234")
  assert.equal(loss(1.499e-29), "1.50·10⁻²⁹")
  assert.equal(loss(3.2e12), "3.20·10¹²")
  assert.equal(loss(NaN), "too large")
})

test("parameters have a true minus sign, and none for what is zero", () => {
  assert.equal(parameter(-2.5), "−2.50")
  assert.equal(parameter(-0.001), "0.00")
  assert.equal(parameter(-2.5e7), "−2.50·10⁷")
})

test("two numbers are told apart", () => {
  assert.deepEqual(apart(0.1, 0.2), ["0.1", "0.2"])
  const [a, b] = apart(0.118001, 0.118002)
  assert.notEqual(a, b)
})

test("shares never round to all or nothing", () => {
  assert.equal(percent(0.5), "50 %")
  assert.equal(percent(0.9999), "over 99 %")
  assert.equal(percent(0.0001), "less than 1 %")
  assert.equal(percent(1), "100 %")
})

test("what is typed may have a decimal comma and a true minus sign", () => {
  assert.equal(parse("0,5"), 0.5)
  assert.equal(parse(" −3 "), -3)
  assert.ok(Number.isNaN(parse("")))
  assert.ok(Number.isNaN(parse("1,2,3")))
})

test("settings and significant figures carry no zeros that nobody needs", () => {
  assert.equal(setting(0.1), "0.1")
  assert.equal(setting(1 / 3), "0.3333")
  assert.equal(significant(0.251), "0.251")
  assert.equal(significant(1e-7), "1.00·10⁻⁷")
  assert.equal(scientific(-1500, 1), "−1.5·10³")
})
