// Orders and how each is answered: the same in a worker and, where a browser has none, on the page itself.

import {bestFit} from "./minima.js"
import {COMMON} from "./models.js"
import {survey} from "./surveys.js"
import {train} from "./training.js"

/** @type {Record<string, (order: any, formulas: any, common: any, read: () => boolean) => Generator<any>>} */
const KINDS = {run: train, surface: survey, "best fit": bestFit}

/** Lets messages in: what waits behind this one is seen before work goes on. */
function breathe() {
  return new Promise((resolve) => {
    const {port1, port2} = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve(undefined)
    }
    port2.postMessage(null)
  })
}

/** The formulas that an order is answered with, by name. @param {any} order @returns {string[]} */
export const formulasOf = (order) => order.formulas ?? [order.model.formulas, order.optimizers ?? COMMON]

/**
 * @param {string} kind
 * @param {any} order
 * @param {(name: string) => Promise<any>} load formulas by name
 * @param {(part: any) => void} tell called with each part of the answer
 * @param {{wanted: () => boolean, read: () => boolean}} asker whether anybody still waits for it; whether all that was told
 *   has been read: who is busy is not told more, but all of it together
 */
export async function answer(kind, order, load, tell, {wanted, read}) {
  const [formulas, common] = await Promise.all(formulasOf(order).map(load))
  if (kind === "load") {
    return
  }
  for (const part of KINDS[kind](order, formulas, common, read)) {
    if (!wanted()) {
      return
    }
    if (part !== null) {
      tell(part)
    }
    await breathe()
    if (!wanted()) {
      return
    }
  }
}
