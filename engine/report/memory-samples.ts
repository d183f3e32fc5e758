/** Samples the resident memory of the process during a run. */

/** Resident memory of the process at a moment. */
export interface MemorySample {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly rssBytes: number
}

/** Samples kept at most: beyond, every second is dropped and the pace halved, so that a run of days costs no more than one of minutes. */
const MOST = 1000
const FIRST_PACE_MS = 250

/** Looks at the process's resident memory now and then until `stop`, which gives the samples in order. Keeps no process alive. */
export const sampleMemory = (): { stop(): readonly MemorySample[] } => {
  let samples: MemorySample[] = []
  let paceMs = FIRST_PACE_MS
  let timer: NodeJS.Timeout
  const look = (): void => {
    samples.push({ at: Date.now(), rssBytes: process.memoryUsage.rss() })
    if (samples.length >= MOST) {
      samples = samples.filter((_, i) => i % 2 === 0)
      paceMs *= 2
    }
    timer = setTimeout(look, paceMs).unref()
  }
  look()
  return {
    stop: () => {
      clearTimeout(timer)
      samples.push({ at: Date.now(), rssBytes: process.memoryUsage.rss() })
      return samples
    },
  }
}
