// Plays a run: from time to the place among its kept steps that is shown. Knows nothing of what a step looks like.

const SECONDS = 7 // of a whole run at speed 1, whatever its number of steps
const BEND = 3.5 // how much slower the start is than the end: early steps are where the movement is
const LONGEST_FRAME = 0.1 // seconds; a tab that was hidden does not jump

export class Player {
  /**
   * @param {{onPlace: (place: number) => void, onChange: () => void}} listeners
   *   onPlace: a frame shows another place; onChange: playing began or ended
   */
  constructor({onPlace, onChange}) {
    this.onPlace = onPlace
    this.onChange = onChange
    this.last = 0 // the last place that there will be
    this.there = 0 // the last one that is there
    this.complete = true
    this.place = 0
    this.speed = 1
    this.playing = false
    this.progress = 0 // 0..1, in time
    this.frame = 0
    this.before = 0
  }

  /** Takes a run with this many places, of which none but the start may be there yet. @param {number} last */
  load(last) {
    this.pause()
    Object.assign(this, {last, there: 0, complete: false, place: 0, progress: 0})
  }

  /** More of the run is there. @param {number} there @param {boolean} complete */
  grow(there, complete) {
    this.there = there
    this.complete = complete
    if (complete) {
      this.last = there
      this.progress = Math.min(timeOf(there === 0 ? 0 : this.place / there), 1)
    }
  }

  /** The place that a run which has just begun is first shown at: its first step, where there are more to come. */
  begin() {
    this.place = this.there > 1 ? 1 : 0
    return this.place
  }

  play() {
    if (this.playing || (this.last === 0 && this.complete)) {
      return
    }
    if (this.complete && this.place >= this.last) {
      this.seek(0)
    }
    this.playing = true
    this.before = performance.now()
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

  /** Shows one place. @param {number} place */
  seek(place) {
    this.place = Math.min(Math.max(Math.round(place), 0), this.there)
    this.progress = timeOf(this.last === 0 ? 0 : this.place / this.last)
    this.onPlace(this.place)
  }

  /** @param {number} now milliseconds */
  tick(now) {
    const seconds = Math.min(Math.max(now - this.before, 1) / 1000, LONGEST_FRAME)
    this.before = now
    const progress = Math.min(this.progress + (seconds * this.speed) / SECONDS, 1)
    const wanted = progress === 1 ? this.last : Math.ceil(this.last * shareOf(progress))
    const place = Math.min(wanted, this.there)
    this.progress = place < wanted ? Math.max(this.progress, timeOf(place / this.last)) : progress // waits for what is being made
    if (place !== this.place) {
      this.place = place
      this.onPlace(place)
    }
    if (this.complete && place >= this.last) {
      this.pause()
    } else if (this.playing) {
      this.frame = requestAnimationFrame((next) => this.tick(next))
    }
  }
}

/** Share of the places passed at a share of the time. @param {number} time */
function shareOf(time) {
  return Math.expm1(BEND * time) / Math.expm1(BEND)
}

/** The inverse of shareOf. @param {number} share */
function timeOf(share) {
  return Math.log1p(share * Math.expm1(BEND)) / BEND
}
