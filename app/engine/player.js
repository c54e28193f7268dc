// Plays a run: from time to the step that is shown. Knows nothing of what a step looks like.

const SECONDS = 7 // of a whole run at speed 1, whatever its number of steps
const BEND = 3.5 // how much slower the start is than the end: early steps are where the movement is
const LONGEST_FRAME = 0.1 // seconds; a tab that was hidden does not jump

export class Player {
  /**
   * @param {{onStep: (step: number) => void, onChange: () => void}} listeners
   *   onStep: a frame shows another step; onChange: playing began or ended
   */
  constructor({onStep, onChange}) {
    this.onStep = onStep
    this.onChange = onChange
    this.steps = 0
    this.step = 0
    this.speed = 1
    this.playing = false
    this.progress = 0 // 0..1, in time
    this.frame = 0
    this.last = 0
  }

  /** Takes a run of `steps` steps and stands at its start. @param {number} steps */
  load(steps) {
    this.pause()
    this.steps = steps
    this.seek(0)
  }

  play() {
    if (this.playing || this.steps === 0) {
      return
    }
    if (this.step >= this.steps) {
      this.seek(0)
    }
    this.playing = true
    this.last = performance.now()
    this.frame = requestAnimationFrame((now) => this.tick(now))
    this.onChange()
  }

  pause() {
    cancelAnimationFrame(this.frame)
    if (this.playing) {
      this.playing = false
      this.onChange()
    }
  }

  /** Shows one step. @param {number} step */
  seek(step) {
    this.step = Math.min(Math.max(Math.round(step), 0), this.steps)
    this.progress = timeOf(this.steps === 0 ? 0 : this.step / this.steps)
    this.onStep(this.step)
  }

  /** @param {number} now milliseconds */
  tick(now) {
    const seconds = Math.min(Math.max(now - this.last, 1) / 1000, LONGEST_FRAME)
    this.last = now
    this.progress = Math.min(this.progress + (seconds * this.speed) / SECONDS, 1)
    const step = this.progress === 1 ? this.steps : Math.ceil(this.steps * shareOf(this.progress))
    if (step !== this.step) {
      this.step = step
      this.onStep(step)
    }
    if (step >= this.steps) {
      this.pause()
    } else if (this.playing) {
      this.frame = requestAnimationFrame((next) => this.tick(next))
    }
  }
}

/** Share of the steps done at a share of the time. @param {number} time */
function shareOf(time) {
  return Math.expm1(BEND * time) / Math.expm1(BEND)
}

/** The inverse of shareOf. @param {number} share */
function timeOf(share) {
  return Math.log1p(share * Math.expm1(BEND)) / BEND
}
