// Tables as people have them: a corpus of awkward files, each with what it is to become; and what is written is read again.

import assert from "node:assert/strict"
import {test} from "node:test"

import {csvText, isMissing, numberIn, numericColumns, pointsOfColumns, tableIn, textOf} from "../../app/browser/csv.js"

const NUMBERS = {classes: false, most: 2000, largest: 1e6}
const CLASSES = {...NUMBERS, classes: true}

/** The points of the first two columns. */
const points = (text, wanted = NUMBERS) => pointsOfColumns(tableIn(text), 0, 1, wanted)

// Each file, and its points.
const CORPUS = {
  "commas and headers": ["x,y\n1,2\n3,4\n", [1, 2, 3, 4]],
  "no end of the last line": ["x,y\n1,2\n3,4", [1, 2, 3, 4]],
  "no headers": ["1,2\n3,4\n", [1, 2, 3, 4]],
  "semicolons and decimal commas": ["x;y\n1,5;2,25\n-3,0;4\n", [1.5, 2.25, -3, 4]],
  "semicolons and decimal points": ["x;y\n1.5;2.25\n", [1.5, 2.25]],
  "tabs and decimal commas": ["x\ty\n1,5\t2,5\n3,5\t4,5\n", [1.5, 2.5, 3.5, 4.5]],
  "tabs and decimal points": ["1.5\t2.5\n", [1.5, 2.5]],
  "Windows lines": ["x,y\r\n1,2\r\n3,4\r\n", [1, 2, 3, 4]],
  "old Macintosh lines": ["x,y\r1,2\r3,4\r", [1, 2, 3, 4]],
  "a byte order mark": ["\ufeffx,y\n1,2\n", [1, 2]],
  "what Excel says first": ["sep=;\nx;y\n1;2\n", [1, 2]],
  "quoted headers with separators": ['"height, cm","weight; kg"\n180,75\n', [180, 75]],
  "quoted headers on two lines": ['"height\nin cm",weight\n180,75\n', [180, 75]],
  "quotation marks in headers": ['"the ""x""",y\n1,2\n', [1, 2]],
  "quoted numbers": ['"x","y"\n"1","2.5"\n', [1, 2.5]],
  "quoted numbers with decimal commas between commas": ['x,y\n"1,5","2,25"\n', [1.5, 2.25]],
  "thousands between commas": ['x,y\n"1,234","12,345.5"\n', [1234, 12345.5]],
  "thousands with points": ["x;y\n1.234,5;2\n", [1234.5, 2]],
  "thousands with spaces": ["x;y\n1 234,5;12\u00a0345\n", [1234.5, 12345]],
  "spaces around": ["x , y\n 1 , 2 \n", [1, 2]],
  "spaces around quotes": ['x, "y"\n1, "2" \n', [1, 2]],
  "empty lines": ["\n\nx,y\n\n1,2\n  \n,\n3,4\n\n", [1, 2, 3, 4]],
  "separators at the ends of lines": ["x,y,\n1,2,\n3,4,\n", [1, 2, 3, 4]],
  "empty cells beyond the columns": ["x,y\n1,2,,\n3,4\n", [1, 2, 3, 4]],
  "more columns": ["x,y,name\n1,2,a\n3,4,b\n", [1, 2, 3, 4]],
  "powers of ten": ["x,y\n1e3,-2.5E-1\n+4,.5\n", [1000, -0.25, 4, 0.5]],
  "true minus signs": ["x,y\n−1,−2.5\n", [-1, -2.5]],
  "numbers as headers would be data": ["2019,2020\n1,2\n", [2019, 2020, 1, 2]],
  "a header that is missing": ["x,\n1,2\n", [1, 2]],
  "nothing": ["", []],
  "headers alone": ["x,y\n", []],
}

for (const [name, [text, expected]] of Object.entries(CORPUS)) {
  test(`a file with ${name}`, () => {
    const {points: found, missing, problems, more} = points(text)
    assert.deepEqual(found, expected)
    assert.deepEqual([missing, problems, more, tableIn(text).problems], [0, [], 0, []])
  })
}

test("headers are names, each once", () => {
  assert.deepEqual(tableIn('"a, b";c;;c\n1;2;3;4\n').names, ["a, b", "c", "Column 3", "c (4)"])
  assert.deepEqual(tableIn("1,2\n").names, ["Column 1", "Column 2"])
  assert.deepEqual([tableIn("x,y\n1,2\n").headers, tableIn("1,2\n").headers], [true, false])
})

test("columns of numbers are told from others", () => {
  assert.deepEqual(numericColumns(tableIn("name,x,y,note\nA,1,2,\nB,,3,4\nC,5,x,y\n")), [1, 2])
  assert.deepEqual(numericColumns(tableIn("")), [])
})

test("missing values are counted", () => {
  const {points: found, missing, problems} = points("x,y\n1,2\n,3\nNA,4\n5,NaN\n6,n/a\n7,-\n8,?\n9,10\n")
  assert.deepEqual([found, missing, problems], [[1, 2, 9, 10], 6, []])
  assert.ok(isMissing("") && isMissing("NULL") && !isMissing("0"))
})

test("what is no number is a problem with its line", () => {
  const {points: found, problems} = points('x,y\n1,2\n"two\nlines",3\n4,five\n6,7\n')
  assert.deepEqual(found, [1, 2, 6, 7])
  assert.deepEqual(problems, [{line: 3, text: "“two\nlines” is not a number"}, {line: 5, text: "“five” is not a number"}])
})

test("a row that is too short or too long is a problem with its line", () => {
  const {rows, problems} = tableIn("x,y\r\n1,2\r\n3\r\n\r\n4,5,6\r\n7,8\r\n")
  assert.deepEqual(rows.map(({line}) => line), [2, 6])
  assert.deepEqual(problems, [{line: 3, text: "1 column where the first line has 2"}, {line: 5, text: "3 columns where the first line has 2"}])
})

test("a quotation mark that is not closed is a problem with its line, and the rest is read", () => {
  const {rows, problems} = tableIn('x,y\n1,2\n"3,4\n5,6\n"7" 8,9\n')
  assert.deepEqual(rows.map(({line}) => line), [2, 4])
  assert.deepEqual(problems.map(({line}) => line), [3, 5])
})

test("points where there are decimal commas are no fractions", () => {
  const {points: found, problems} = points("x;y\n1,5;2\n2,5;3.75\n3,5;4\n")
  assert.deepEqual(found, [1.5, 2, 3.5, 4])
  assert.deepEqual(problems, [{line: 3, text: "“3.75” is not a number"}])
})

test("numbers that are too large are a problem with their line, and infinite ones are none", () => {
  const {points: found, problems} = points("x,y\n1,2\n3,2e6\nInfinity,1\n1e999,1\n")
  assert.deepEqual(found, [1, 2])
  assert.deepEqual(problems.map(({line}) => line), [3, 4, 5])
  assert.match(problems[0].text, /beyond 1000000/)
})

test("rows beyond those that there is room for are counted", () => {
  const text = `x,y\n${Array.from({length: 2500}, (_, k) => `${k},${2 * k}\n`).join("")}`
  const {points: found, more} = points(text)
  assert.deepEqual([found.length, found.at(-1), more], [4000, 3998, 500])
})

test("classes are two values, whatever they are called", () => {
  assert.deepEqual(points("x,y\n1,0\n2,1\n3,1.0\n", CLASSES), {points: [1, 0, 2, 1, 3, 1], missing: 0, more: 0, labels: null, problems: []})
  const yes = points("x;y\n1;no\n2;yes\n3;NA\n", CLASSES)
  assert.deepEqual([yes.points, yes.labels, yes.missing], [[1, 0, 2, 1], ["no", "yes"], 1])
  assert.deepEqual(points("x,y\n1,2\n2,10\n", CLASSES).labels, ["2", "10"])
  for (const text of ["x,y\n1,0\n2,1\n3,2\n", "x,y\n1,0\n2,0\n"]) {
    const {points: found, problems} = points(text, CLASSES)
    assert.deepEqual(found, [])
    assert.match(problems[0].text, /“y” is to have two different values/)
  }
})

test("numbers in a cell", () => {
  const cases = {"1": 1, "-1.5": -1.5, "1.": 1, ".5": 0.5, "1e-3": 0.001, "1,234": 1234, "1,23": null, "1,2345": null, "": null, ".": null, "1.2.3": null, "0x10": null, "1 2": null, "12 %": null, "€5": null, "e5": null}
  for (const [cell, value] of Object.entries(cases)) {
    assert.equal(numberIn(cell, "."), value, cell)
  }
  assert.equal(numberIn("1.234", ","), 1234)
  assert.equal(numberIn("1.23", ","), null)
})

test("bytes of any usual kind are text", () => {
  const utf8 = new TextEncoder().encode("größe,y\n1,2\n")
  assert.equal(textOf(utf8), "größe,y\n1,2\n")
  assert.equal(textOf(Uint8Array.of(0x67, 0x72, 0xf6, 0xdf, 0x65)), "größe")
  assert.equal(textOf(Uint8Array.of(0xff, 0xfe, 0x78, 0, 0x09, 0, 0x79, 0)).replace("\ufeff", ""), "x\ty")
  assert.equal(textOf(Uint8Array.of(0xfe, 0xff, 0, 0x78)).replace("\ufeff", ""), "x")
  assert.deepEqual(tableIn(textOf(Uint8Array.of(0xef, 0xbb, 0xbf, 0x78))).names, ["x"])
})

test("what is written is read again, exactly", () => {
  const [x, y] = [Float64Array.of(0.1, -1e-7, 12345.678901234567, 3), Float64Array.of(1 / 3, 2e5, -0.5, 1e-12)]
  const text = csvText(["x", 'the "y", in cm'], Array.from(x, (value, k) => [value, y[k]]))
  assert.equal(text.split("\r\n")[0], 'x,"the ""y"", in cm"')
  assert.deepEqual(points(text).points, Array.from(x).flatMap((value, k) => [value, y[k]]))
  assert.deepEqual(tableIn(text).names, ["x", 'the "y", in cm'])
})

test("a file of numbers has them exactly; what holds a comma or a quote is quoted", () => {
  const text = csvText(["step", 'a, "b"'], [[0, 0.1 + 0.2], [1, ""], [2, -1e-300]])
  assert.equal(text, 'step,"a, ""b"""\r\n0,0.30000000000000004\r\n1,\r\n2,-1e-300\r\n')
})

test("a megabyte of anything is soon read", () => {
  for (const text of ['"', '"a\n', "a,", ",\n", ';"', "1,2\n", '""', ' "', "\t\n", "\r"].map((part) => part.repeat(1_000_000 / part.length))) {
    const {problems, rows} = tableIn(text)
    assert.ok(problems.length + rows.length >= 0)
  }
})
