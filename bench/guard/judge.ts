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

/** Enough pairs if the ratio of their fastest passes is below this and their memory passes. */
const CLEAR = 1.075
/** The passes of a pair may end if the ratio of their fastest is below this. */
const CLEAR_EARLY = 1.05
/** Passes of each side before the first look. */
export const FEW_PASSES = 3
/** Other programs, or V8, can disturb several processes in a row. */
const MOST_PAIRS = 5

/** True if few passes of equal work show that head is not slower. Other programs only add time. */
export const isClear = (base: readonly number[], head: readonly number[]): boolean =>
  Math.min(...head) < CLEAR_EARLY * Math.min(...base)

/**
 * Judges the pairs measured so far; undefined if another one is needed.
 *
 * V8 and memory placement can make the same code cost 5 to 60 % more in one process than in
 * another. So another pair follows a doubtful one. The verdict is final if all passes together show
 * no fault, if two pairs each need too much memory, or after five pairs.
 *
 * @param wanted judge after this number of pairs, regardless of the results
 */
export const judge = (pairs: readonly Pair[], wanted?: number): Judgement | undefined => {
  const base = merge(pairs.map((pair) => pair.base))
  const head = merge(pairs.map((pair) => pair.head))
  const decision = decide(base, head)
  return isEnough(pairs, decision, wanted) ? { base, head, decision } : undefined
}

const isEnough = (pairs: readonly Pair[], { leastRatio, isFatter }: Decision, wanted?: number): boolean => {
  if (wanted !== undefined) return pairs.length >= wanted
  if (pairs.length >= MOST_PAIRS) return true
  if (!isFatter) return leastRatio < CLEAR
  return pairs.length >= 2 && pairs.every((pair) => decide(pair.base, pair.head).isFatter)
}

const merge = (parts: readonly SideMeasures[]): SideMeasures => ({
  ...(parts[0] as SideMeasures),
  cpuMs: parts.flatMap(({ cpuMs }) => cpuMs),
  peaks: parts.flatMap(({ peaks }) => peaks),
  checksums: parts.flatMap(({ checksums }) => checksums),
})
