// Demonstrations: each a link's text, opened and run with one click, one after the other with a clicker.

import {copyButton, dialog, element} from "./dialog.js"
import {json} from "./files.js"

/** @typedef {{title: string, look: string, lesson: string, link: string, figures: [string, string]}} Demonstration */

export class Demonstrations {
  /**
   * @param {{show: (demonstration: Demonstration) => void, address: (text: string) => string, titles: Record<string, string>}} page
   *   titles: of the lessons
   */
  constructor(page) {
    this.page = page
    this.at = -1 // the place of the one that was shown last
  }

  /** @returns {Promise<Demonstration[]>} */
  get all() {
    return json("course/demonstrations.json")
  }

  /** The next one, or the one before; there is nothing beyond the ends. @param {1 | -1} way */
  async go(way) {
    const all = await this.all
    const to = Math.min(Math.max(this.at + way, 0), all.length - 1)
    if (to !== this.at) {
      this.show(all, to)
    }
  }

  /** @param {Demonstration[]} all @param {number} at */
  show(all, at) {
    this.at = at
    this.page.show(all[at])
  }

  /** The list. */
  async list() {
    const all = await this.all
    const parts = Object.entries(this.page.titles).flatMap(([lesson, title]) => {
      const rows = all.flatMap((one, at) => (one.lesson === lesson ? [this.row(one, () => this.show(all, at))] : []))
      return rows.length === 0 ? [] : [element("h3", {}, title), element("ul", {className: "demonstrations"}, ...rows)]
    })
    dialog("Demonstrations", parts)
  }

  /** @param {Demonstration} demonstration @param {() => void} show */
  row({title, look, link}, show) {
    const button = element("button", {type: "button", className: "show"}, title)
    button.addEventListener("click", () => {
      button.closest("dialog")?.close()
      show()
    })
    const address = this.page.address(link)
    const text = element("code", {}, `#${link}`)
    return element("li", {}, button, element("p", {}, look), element("p", {className: "link"}, text, copyButton("Copy link", () => address, () => getSelection()?.selectAllChildren(text))))
  }
}
