/** Decides how many pairs of processes a verdict needs. */
import { type Decision, decide, type SideMeasures } from "./decide.js"

/** What one pair of processes measured. */
export interface Pair {
  readonly base: SideMeasures
  readonly head: SideMeasures
}

/** All passes so far with what they say. */
export interface Judgement extends Pair {
  readonly decision: Decision
}

/** A pair within this ratio, and no fatter, is enough. */
const CLEAR = 1.075
const MOST_PAIRS = 3

/**
 * Judges the pairs measured so far, or undefined: one more is needed. The same code can run some
 * per cent apart in two processes, by where its memory lies; so a doubtful pair is followed by
 * another. It ends when all passes together are clear of a fault, when two pairs show the same
 * fault each for itself, or after three.
 *
 * @param wanted judge after so many pairs, whatever they show
 */
export const judge = (pairs: readonly Pair[], wanted?: number): Judgement | undefined => {
  const base = merge(pairs.map((pair) => pair.base))
  const head = merge(pairs.map((pair) => pair.head))
  const decision = decide(base, head)
  return isEnough(pairs, decision, wanted) ? { base, head, decision } : undefined
}

const isEnough = (pairs: readonly Pair[], { ratio, isSlower, isFatter }: Decision, wanted?: number): boolean => {
  if (wanted !== undefined) return pairs.length >= wanted
  if (pairs.length >= MOST_PAIRS || (ratio < CLEAR && !isFatter)) return true
  if (pairs.length < 2 || !(isSlower || isFatter)) return false
  const each = pairs.map((pair) => decide(pair.base, pair.head))
  return each.every((one) => (one.isSlower && isSlower) || (one.isFatter && isFatter))
}

const merge = (parts: readonly SideMeasures[]): SideMeasures => ({
  ...(parts[0] as SideMeasures),
  cpuMs: parts.flatMap(({ cpuMs }) => cpuMs),
  peaks: parts.flatMap(({ peaks }) => peaks),
  checksums: parts.flatMap(({ checksums }) => checksums),
})
