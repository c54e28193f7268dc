// Where work goes: a Web Worker, or slices on the page where there is none.

import {answer, formulasOf} from "./answering.js"
import {formulas, url} from "./files.js"

/**
 * @typedef {{part: (part: any) => void, failed: (reason: string) => void}} Listener
 * @typedef {{kind: string, order: any, listener: Listener}} Waiting
 */

export class Workplace {
  constructor() {
    /** @type {Map<number, Waiting>} what was ordered and is not all there, by number */
    this.waiting = new Map()
    this.orders = 0
    this.heard = false // whether a worker has ever answered
    /** @type {Worker | null} */
    this.worker = null
    this.onPage = false // whether this browser has no workers for modules
    this.open()
  }

  open() {
    this.worker = this.onPage ? null : startWorker()
    this.onPage = this.worker === null
    if (this.worker !== null) {
      this.worker.onmessage = ({data}) => this.receive(data)
      this.worker.onerror = (event) => this.broken(event.message || "the worker could not be loaded")
    }
  }

  /**
   * @param {string} kind
   * @param {any} order
   * @param {Listener} listener
   * @returns {() => void} ends it: nothing more is heard of it
   */
  ask(kind, order, listener) {
    const id = ++this.orders
    this.waiting.set(id, {kind, order, listener})
    this.send(id)
    return () => {
      this.waiting.delete(id)
      this.worker?.postMessage({id, kind: "cancel"})
    }
  }

  /** @param {number} id of the order */
  send(id) {
    const {kind, order} = /** @type {Waiting} */ (this.waiting.get(id))
    if (this.worker !== null) {
      this.worker.postMessage({id, kind, order, urls: Object.fromEntries(formulasOf(order).map((name) => [name, url(name)]))})
      return
    }
    answer(kind, order, formulas, (part) => this.receive({id, part}), {wanted: () => this.waiting.has(id), read: () => true}).then(
      () => this.receive({id, done: true}),
      (error) => this.receive({id, error: String(error)}),
    )
  }

  /** @param {{id: number, part?: any, done?: boolean, error?: string}} message */
  receive({id, part, done, error}) {
    this.heard = true
    const listener = this.waiting.get(id)?.listener
    if (done || error !== undefined) {
      this.waiting.delete(id)
    }
    if (part !== undefined) {
      listener?.part(part)
      this.worker?.postMessage({id, kind: "read"})
    } else if (error !== undefined) {
      console.warn(error)
      listener?.failed(error)
    }
  }

  /** The worker has ended. One that never said a word cannot be had in this browser; another is replaced. @param {string} reason */
  broken(reason) {
    console.warn(reason)
    this.worker?.terminate()
    this.onPage = !this.heard
    this.open()
    for (const [id, {listener}] of [...this.waiting]) {
      if (this.onPage) {
        this.send(id)
      } else {
        this.waiting.delete(id)
        listener.failed(reason)
      }
    }
  }
}

/** A worker, or null where this browser has none that takes modules. @returns {Worker | null} */
function startWorker() {
  let takesModules = false
  try {
    const options = {
      get type() {
        takesModules = true // a browser that knows module workers looks here
        return /** @type {const} */ ("module")
      },
    }
    const worker = new Worker(url("worker.js"), options)
    if (takesModules) {
      return worker
    }
    worker.terminate()
  } catch (error) {
    console.warn(error)
  }
  return null
}
