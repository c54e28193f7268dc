// A worker: takes orders, one after the other, and answers each in parts. Between parts it looks whether it is still wanted.

import {answer} from "./answering.js"

/** @type {any} */
const scope = self
/** @type {Map<number, {wanted: boolean, unread: number}>} */
const orders = new Map()

scope.addEventListener("message", async (/** @type {MessageEvent} */ {data: {id, kind, order, urls}}) => {
  if (kind === "cancel" || kind === "read") {
    const ticket = orders.get(id)
    if (ticket) {
      ticket.wanted = kind === "read" && ticket.wanted
      ticket.unread -= 1
    }
    return
  }
  const ticket = {wanted: true, unread: 0}
  orders.set(id, ticket)
  try {
    const load = (/** @type {string} */ name) => import(urls[name])
    const tell = (/** @type {any} */ part) => {
      ticket.unread += 1
      scope.postMessage({id, part})
    }
    await answer(kind, order, load, tell, {wanted: () => ticket.wanted, read: () => ticket.unread === 0})
    scope.postMessage({id, done: true})
  } catch (error) {
    scope.postMessage({id, error: String(error)})
  }
  orders.delete(id)
})
