/** A function of a profile, as V8 tells it. Lines count from 0. */
export interface CallFrame {
  readonly functionName: string
  readonly url: string
  readonly lineNumber: number
}

/** A profile of one thread: what `node --cpu-prof` writes (Chrome DevTools Protocol, Profiler.Profile). Times in microseconds. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: CallFrame
    readonly children?: readonly number[]
  }[]
  readonly startTime: number
  readonly endTime: number
  /** Ids of the node that was on top at each sample. */
  readonly samples: readonly number[]
  /** Time from the sample before to each sample; of the first, from the start. */
  readonly timeDeltas: readonly number[]
}

/**
 * Milliseconds that each node was on top, by id: a sample counts until the next one, the last until the profile's end. Nodes that no sample met are absent.
 */
export const selfTimes = ({ samples, timeDeltas, startTime, endTime }: CpuProfile): Map<number, number> => {
  const times = new Map<number, number>()
  let now = startTime
  for (const [index, id] of samples.entries()) {
    now += timeDeltas[index] ?? 0
    const until = index + 1 < samples.length ? now + (timeDeltas[index + 1] ?? 0) : endTime
    times.set(id, (times.get(id) ?? 0) + Math.max(0, until - now) / 1000)
  }
  return times
}
