/** Decides how many pairs of processes a verdict needs. */
import { type Decision, decide, type SideMeasures } from "./decide.js"

/** Measurements of one pair of processes. */
export interface Pair {
  readonly base: SideMeasures
  readonly head: SideMeasures
}

/** All passes so far, with the decision on them. */
export interface Judgement extends Pair {
  readonly decision: Decision
}

/** One pair is enough if its ratio is below this and its memory passes. */
const CLEAR = 1.075
/** The passes of a pair may end if the ratio of their fastest is below this. */
const CLEAR_EARLY = 1.05
/** Passes of each side before the first look. */
export const FEW_PASSES = 3
/** Other programs can disturb two pairs in a row; a real slowdown ends after two. */
const MOST_PAIRS = 5

/** True if few passes of equal work show that head is not slower. Other programs only add time. */
export const isClear = (base: readonly number[], head: readonly number[]): boolean =>
  Math.min(...head) < CLEAR_EARLY * Math.min(...base)

/**
 * Judges the pairs measured so far; undefined if another one is needed.
 *
 * Memory placement can make the same code differ by some per cent between two processes. So another
 * pair follows a doubtful one. The verdict is final if all passes together show no fault, if two
 * pairs each show the same fault, or after five pairs.
 *
 * @param wanted judge after this number of pairs, regardless of the results
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
