// A formula in Python notation as a tree: the same parser as in Python, with the same grammar and sentences.

/**
 * @typedef {{kind: "number", value: number} | {kind: "name", name: string}
 *   | {kind: "operation", sign: string, operands: Expression[]}
 *   | {kind: "call", function: string, arguments: Expression[]}} Expression
 *
 * @typedef {object} Grammar what a formula can be made of
 * @property {number} longest
 * @property {number} deepest
 * @property {number} most_nodes
 * @property {number} largest
 * @property {number} largest_exponent
 * @property {Record<string, number>} constants
 * @property {Record<string, string>} forms how each function is written
 * @property {Record<string, string>} same other names of functions
 * @property {Record<string, string>} renamed names that functions have elsewhere
 * @property {string[]} modules
 * @property {Record<string, string>} words the sentence of each word of programs
 * @property {Record<string, string>} written what to write for a sign
 * @property {Record<string, string>} refused the sentence of each sign that is none of a formula
 * @property {Record<string, string>} look_alikes
 * @property {string} spaces
 * @property {Record<string, number>} binds how strongly signs bind
 * @property {string} piece a regular expression
 *
 * @typedef {{sentences: Record<string, string>, grammar: Grammar}} Language
 *
 * @typedef {{kind: string, text: string, start: number, end: number}} Token
 */

const COMPARISON = 1
const UNARY = 4
const END = {kind: "end", text: ""}

/** A text that is no formula: a sentence, and which of its characters (code points, as Python counts them) it is about. */
export class ExpressionError extends Error {
  /** @param {string} sentence @param {number} start @param {number} end */
  constructor(sentence, start, end) {
    super(sentence)
    this.start = start
    this.end = end
  }
}

/**
 * The tree of a formula.
 *
 * @param {string} text
 * @param {string[]} names what it can use
 * @param {Language} language
 * @returns {Expression}
 * @throws {ExpressionError} where the text is anything else than a formula of these names
 */
export function parse(text, names, language) {
  return new Parser(text, names, language).whole()
}

/** The names that occur in a formula. @param {Expression} tree @returns {Set<string>} */
export function namesIn(tree) {
  const parts = tree.kind === "call" ? tree.arguments : tree.kind === "operation" ? tree.operands : []
  return new Set([...(tree.kind === "name" ? [tree.name] : []), ...parts.flatMap((part) => [...namesIn(part)])])
}

/** @param {string} template @param {Record<string, string>} words */
export function filled(template, words) {
  return template.replace(/\{(\w+)\}/g, (_, /** @type {string} */ key) => words[key])
}

/** @param {string} text */
function short(text) {
  const letters = [...text]
  return letters.length <= 40 ? text : `${letters.slice(0, 37).join("")}...`
}

/** The entry of a table, and not what every object has. @template T @param {Record<string, T>} table @param {string} key */
function entry(table, key) {
  return Object.hasOwn(table, key) ? table[key] : undefined
}

/** Recursive descent by how strongly signs bind. */
class Parser {
  /** @param {string} text @param {string[]} names @param {Language} language */
  constructor(text, names, {sentences, grammar}) {
    this.text = text
    this.names = names
    this.sentences = sentences
    this.grammar = grammar
    this.tokens = this.read()
    if (this.tokens[0].text === "return") {
      this.tokens.shift()
    }
    this.at = 0
    this.nodes = 0
    /** @type {Token[]} parentheses and signs that are open */
    this.within = []
    this.value = 0 // where the last whole value begins
  }

  get token() {
    return this.tokens[this.at]
  }

  /** @param {string} sentence @param {{start: number, end: number}} place @param {Record<string, string>} [words] @returns {never} */
  refuse(sentence, {start, end}, words = {}) {
    const [from, to] = [start, end].map((at) => [...this.text.slice(0, at)].length)
    throw new ExpressionError(filled(this.sentences[sentence], words), from, to)
  }

  /** @returns {Token[]} */
  read() {
    const {longest, spaces, piece} = this.grammar
    const letters = [...this.text]
    if (letters.length > longest) {
      this.refuse("long", {start: letters.slice(0, longest).join("").length, end: this.text.length})
    }
    const pattern = new RegExp(piece, "uy")
    const tokens = []
    for (let at = 0; at < this.text.length;) {
      const first = String.fromCodePoint(/** @type {number} */ (this.text.codePointAt(at)))
      if (spaces.includes(first)) {
        at += first.length
        continue
      }
      pattern.lastIndex = at
      const groups = pattern.exec(this.text)?.groups ?? {stray: first}
      let [kind, text] = Object.entries(groups).filter(([, part]) => part !== undefined)[0]
      if (kind === "word") {
        const all = [...text]
        const odd = all.findIndex((letter) => !this.isLetter(letter))
        kind = odd === 0 ? "stray" : kind
        text = odd === 0 ? first : all.slice(0, odd < 0 ? all.length : odd).join("")
      }
      tokens.push({kind, text, start: at, end: at + text.length})
      at += text.length
    }
    return [...tokens, {...END, start: this.text.length, end: this.text.length}]
  }

  /** @param {string} letter */
  isLetter(letter) {
    return /^[A-Za-z_0-9]$/.test(letter) || /^[A-Za-z_]+$/.test(this.folded(letter))
  }

  /** The word in the letters that its own look like. @param {string} word */
  folded(word) {
    return Array.from(word, (letter) => letter.normalize("NFKC")).map((letter) => entry(this.grammar.look_alikes, letter) ?? letter).join("")
  }

  take() {
    this.at += 1
    return this.tokens[this.at - 1]
  }

  open() {
    const token = this.take()
    this.within.push(token)
    if (this.within.length > this.grammar.deepest) {
      this.refuse("deep", token)
    }
  }

  close() {
    if (this.token.text !== ")") {
      this.refuseAfterValue()
    }
    this.take()
    this.within.pop()
  }

  /** @param {Expression} node */
  made(node) {
    this.nodes += 1
    if (this.nodes > this.grammar.most_nodes) {
      this.refuse("many", {start: 0, end: this.text.length})
    }
    return node
  }

  whole() {
    if (this.token.kind === "end") {
      this.refuse("empty", {start: 0, end: this.text.length})
    }
    const tree = this.expression(0)
    if (this.token.kind !== "end") {
      this.refuseAfterValue()
    }
    return tree
  }

  binds() {
    return entry(this.grammar.binds, this.token.text) ?? 0
  }

  /** A value, and what signs that bind more strongly than `limit` make of it. @param {number} limit */
  expression(limit) {
    let tree = this.signed()
    for (let binds = this.binds(); binds > limit; binds = this.binds()) {
      const sign = this.take().text
      const {start} = this.token
      const right = this.expression(sign === "**" ? UNARY : binds)
      if (binds === COMPARISON && this.binds() === COMPARISON) {
        this.refuse("chain", this.token)
      }
      tree = sign === "**"
        ? this.power(tree, right, {start, end: this.tokens[this.at - 1].end})
        : this.made({kind: "operation", sign, operands: [tree, right]})
    }
    return tree
  }

  /** @returns {Expression} */
  signed() {
    const {text: sign, start} = this.token
    if (sign === "+" || sign === "-") {
      this.open()
      const operand = this.expression(UNARY)
      this.within.pop()
      return sign === "+" ? operand : this.made({kind: "operation", sign, operands: [operand]})
    }
    let tree = this.primary()
    while (this.token.text === ".") {
      tree = this.method(tree)
    }
    this.value = start
    return tree
  }

  /** @returns {Expression} */
  primary() {
    const {token} = this
    if (token.kind === "stray") {
      this.refuseStray(token)
    }
    if (token.kind === "number") {
      this.take()
      if (Number(token.text) > this.grammar.largest) {
        this.refuse("large", token, {text: short(token.text)})
      }
      return this.made({kind: "number", value: Number(token.text)})
    }
    if (token.kind === "word") {
      return this.word()
    }
    if (token.text === "(") {
      this.open()
      const tree = this.expression(0)
      this.close()
      return tree
    }
    const refused = entry(this.grammar.refused, token.text)
    if (refused !== undefined) {
      this.refuse(refused, token, {sign: token.text})
    }
    if (token.text === ")" && this.parentheses().length === 0) {
      this.refuse("closing", token)
    }
    if (this.at === 0) {
      this.refuse("before", token, {sign: token.text})
    }
    const before = this.tokens[this.at - 1]
    return this.refuse("after", before, {sign: before.text})
  }

  /** @returns {Expression} */
  word() {
    const {constants, forms, modules} = this.grammar
    let name = this.take()
    let module = ""
    if (modules.includes(name.text) && !this.names.includes(name.text) && this.token.text === "." && this.tokens[this.at + 1].kind === "word") {
      module = name.text
      this.take()
      name = this.take()
    }
    const called = this.token.text === "("
    if (module === "" && this.names.includes(name.text)) {
      return this.made({kind: "name", name: name.text})
    }
    if (called && entry(forms, name.text) !== undefined) {
      return this.call(name)
    }
    const value = entry(constants, name.text)
    return value === undefined ? this.refuseWord(name, module, called) : this.made({kind: "number", value})
  }

  /** @param {Token} name @returns {Expression} */
  call(name) {
    const {forms, same} = this.grammar
    this.open()
    const parts = []
    let comma = null
    let start
    for (;;) {
      const after = this.tokens[this.at + 1]
      if (this.token.kind === "word" && after.text === "=") {
        this.refuse("keyword", {start: this.token.start, end: after.end}, {sign: `${this.token.text} =`})
      }
      start = this.token.start
      parts.push(this.expression(0))
      if (this.token.text !== ",") {
        break
      }
      comma ??= this.decimal()
      this.take()
    }
    this.close()
    const end = this.tokens[this.at - 1]
    const form = forms[name.text]
    if (parts.length !== form.split(",").length) {
      if (comma !== null) {
        this.refuse("decimal", comma, {right: comma.right})
      }
      this.refuse("arguments", {start: name.start, end: end.end}, {name: name.text, right: form})
    }
    if (name.text === "square") {
      return this.power(parts[0], this.made({kind: "number", value: 2}), {start, end: end.start})
    }
    if (name.text === "power") {
      return this.power(parts[0], parts[1], {start, end: end.start})
    }
    return this.made({kind: "call", function: entry(same, name.text) ?? name.text, arguments: parts})
  }

  /** @param {Expression} base @param {Expression} exponent @param {{start: number, end: number}} place */
  power(base, exponent, place) {
    const size = exponent.kind === "operation" && exponent.sign === "-" ? exponent.operands[0] : exponent
    if (size.kind === "number" && size.value > this.grammar.largest_exponent) {
      this.refuse("exponent", place, {text: short(this.text.slice(place.start, place.end))})
    }
    return this.made({kind: "operation", sign: "**", operands: [base, exponent]})
  }

  /** @param {Expression} tree */
  method(tree) {
    const [name, ...more] = this.tokens.slice(this.at + 1, this.at + 5).map(({text}) => text)
    for (const [names, rest] of [[["mean", "sum"], ["(", ")"]], [["size"], []], [["shape"], ["[", "0", "]"]]]) {
      if (names.includes(name) && rest.every((text, k) => text === more[k])) {
        this.at += 2 + rest.length
        return this.made({kind: "call", function: entry(this.grammar.forms, name) === undefined ? "len" : name, arguments: [tree]})
      }
    }
    const after = this.tokens[this.at + 1]
    return this.refuse("attribute", {start: this.token.start, end: after.kind === "word" ? after.end : this.token.end})
  }

  parentheses() {
    return this.within.filter(({text}) => text === "(")
  }

  /** What there is to say on a comma that is in a number. */
  decimal() {
    const [before, comma, after] = this.tokens.slice(this.at - 1, this.at + 2)
    const whole = before.kind === "number" && after.kind === "number" && /^[0-9]+$/.test(before.text) && after.text[0] !== "."
    return whole && before.end === comma.start && comma.end === after.start
      ? {start: before.start, end: after.end, right: `${before.text}.${after.text}`}
      : null
  }

  /** Says why what follows a whole value cannot follow it. @returns {never} */
  refuseAfterValue() {
    const {token} = this
    const before = this.tokens[this.at - 1]
    if (token.kind === "stray") {
      this.refuseStray(token)
    }
    const word = entry(this.grammar.words, token.text)
    if (word !== undefined) {
      this.refuse(word, token, {name: token.text})
    }
    if (before.kind === "number" && (token.text === "j" || token.text === "J") && before.end === token.start) {
      this.refuse("imaginary", {start: before.start, end: token.end}, {text: this.text.slice(before.start, token.end)})
    }
    if (token.kind === "number" || token.kind === "word" || token.text === "(") {
      const end = this.valueEnd(this.at)
      const [left, right] = [this.text.slice(this.value, before.end), this.text.slice(token.start, end)]
      this.refuse("product", {start: this.value, end}, {left: short(left), right: short(right)})
    }
    const refused = entry(this.grammar.refused, token.text)
    if (refused !== undefined) {
      this.refuse(refused, token, {sign: token.text})
    }
    if (token.text === ",") {
      const comma = this.decimal()
      if (comma !== null) {
        this.refuse("decimal", comma, {right: comma.right})
      }
      this.refuse("comma", token)
    }
    if (token.text === ")") {
      this.refuse("closing", token)
    }
    return this.refuse("unclosed", /** @type {Token} */ (this.parentheses().at(-1)))
  }

  /** Where the value that begins with a token ends, with all of its parentheses. @param {number} at */
  valueEnd(at) {
    if (this.tokens[at].kind === "word" && this.tokens[at + 1].text === "(") {
      at += 1
    }
    for (let depth = 0; ; at++) {
      const {text, end} = this.tokens[at]
      depth += text === "(" ? 1 : text === ")" ? -1 : 0
      if (depth <= 0 || this.tokens[at + 1].kind === "end") {
        return end
      }
    }
  }

  /** @param {Token} token @returns {never} */
  refuseStray(token) {
    const {refused, written} = this.grammar
    const plain = token.text.normalize("NFKC")
    const right = entry(written, token.text) ?? (plain !== token.text && /^[!-~]$/.test(plain) ? plain : "")
    return this.refuse(entry(refused, token.text) ?? (right === "" ? "strange" : "sign"), token, {sign: token.text, right})
  }

  /** Says what may have been meant by a word that is neither a name nor a function here. @param {Token} word @param {string} module @param {boolean} called @returns {never} */
  refuseWord(word, module, called) {
    const {constants, forms, renamed, words} = this.grammar
    const name = word.text
    const folded = this.folded(name)
    const program = module === "" ? entry(words, name) : undefined
    if (program !== undefined) {
      this.refuse(program, word, {name})
    }
    if (entry(forms, name) !== undefined) {
      this.refuse("bare", word, {name, right: forms[name]})
    }
    const known = [...(module ? [] : this.names), ...Object.keys(forms), ...(module ? Object.keys(constants) : [])]
    if (known.includes(folded)) {
      this.refuse("look_alike", word, {name, right: folded})
    }
    const cased = known.find((right) => right.toLowerCase() === folded.toLowerCase())
    if (cased !== undefined) {
      this.refuse("case", word, {name, right: cased})
    }
    const elsewhere = called || module ? entry(renamed, folded.toLowerCase()) : undefined
    if (elsewhere !== undefined) {
      this.refuse("renamed", word, {name, right: elsewhere})
    }
    if (module) {
      this.refuse("module", word, {name, module})
    }
    if (called) {
      this.refuse("function", word, {name, right: short(this.text.slice(this.token.start, this.valueEnd(this.at)))})
    }
    for (let k = 1; k < name.length; k++) {
      const [left, right] = [name.slice(0, k), name.slice(k)]
      if (this.names.includes(left) && this.names.includes(right)) {
        this.refuse("product", word, {left, right})
      }
    }
    return this.refuse("unknown", word, {name, names: this.names.join(", ")})
  }
}
