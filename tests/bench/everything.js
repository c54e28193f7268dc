// Does what a learner can do, in every lesson: moves every slider, makes every choice, presses every button, runs.
// Evaluated in the page. By events of its own making: what counts is what they ask for. Returns how many things were done,
// and whether that was all: after so many milliseconds it ends.
async (most) => {
  const end = performance.now() + most
  const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds))
  const seen = (element) => element.isConnected && element.checkVisibility() && !element.disabled
  let done = 0
  const after = async (milliseconds = 30) => {
    done += 1
    await wait(milliseconds)
  }
  for (const tab of document.querySelectorAll("[role=tab]")) {
    if (performance.now() > end) {
      return [done, false]
    }
    tab.click()
    await after(800)
    const lesson = document.querySelector(".lesson:not([hidden])")
    const run = async () => {
      lesson.querySelector("[data-action=run]").click()
      await after(120)
    }
    for (const details of lesson.querySelectorAll("details")) {
      details.open = true
    }
    const grow = async (label, most) => {
      for (let k = 0; k < most; k++) {
        const button = lesson.querySelector(`[aria-label="${label}"]`)
        if (button === null || button.disabled) {
          return
        }
        button.click()
        await after()
        await run()
      }
    }
    await grow("Add a layer", 6)
    await grow("Remove a layer", 5)
    const late = () => performance.now() > end
    for (const select of lesson.querySelectorAll("select")) {
      for (const {value} of [...select.options].filter(({value}) => value !== "own")) { // that is the server's to compile
        if (seen(select) && !late()) {
          select.value = value
          select.dispatchEvent(new Event("change", {bubbles: true}))
          await after()
          await run()
        }
      }
    }
    for (const range of lesson.querySelectorAll("input[type=range]")) {
      for (const turn of ["stepUp", "stepDown"]) {
        if (seen(range) && !late()) {
          range[turn]()
          range.dispatchEvent(new Event("input", {bubbles: true}))
          range.dispatchEvent(new Event("change", {bubbles: true}))
          await after()
        }
      }
    }
    for (const box of lesson.querySelectorAll("input[type=checkbox]")) {
      box.click()
      await after()
    }
    for (const button of [...lesson.querySelectorAll("button")]) {
      if (seen(button) && !late()) {
        button.click()
        await after(60)
      }
    }
    await run()
    document.getElementById("theme").click()
    await after(500)
  }
  return [done, performance.now() <= end]
}
