// What the engine fetches from its own server.

let attempts = 0

/** @param {string} path */
export const url = (path) => new URL(path, document.baseURI).href

/** @param {string} path */
export async function json(path) {
  const response = await fetch(url(path))
  if (!response.ok) {
    throw new Error(`${path}: ${response.status}`)
  }
  return response.json()
}

/** A module; a browser never asks again for one that it could not get, unless it goes by another name. @param {string} path */
export async function module(path) {
  try {
    return await import(url(path))
  } catch {
    attempts += 1
    return import(`${url(path)}?attempt=${attempts}`)
  }
}
