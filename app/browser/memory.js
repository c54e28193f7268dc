// What this browser keeps from one visit to the next, where it keeps anything.

/** @param {string} key @returns {string | null} */
export function recalled(key) {
  try {
    return localStorage.getItem(key)
  } catch {
    return null // a page that may keep nothing
  }
}

/** @param {string} key @param {string} value */
export function remember(key, value) {
  try {
    localStorage.setItem(key, value)
  } catch {
    // as above: it lasts until the page is closed
  }
}
