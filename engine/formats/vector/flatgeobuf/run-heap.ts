/** Orders the runs of a merge by their next feature. */
import { Heap } from "../../../core/heap.js"
import { EngineError } from "../../../errors.js"
import type { RunCursor } from "./layer-run.js"

/** A run that is being merged. */
export interface MergedRun {
  /** Index of its file. */
  readonly source: number
  readonly cursor: RunCursor
}

/** The runs of a layer; the one with the next feature is on top. Places descend; ties go by id. */
export class RunHeap {
  readonly #runs = new Heap<MergedRun>((a, b) => a.cursor.place > b.cursor.place)

  /** The highest place of any next feature; -∞ if there is none. */
  get highest(): number {
    return this.#runs.values[0]?.cursor.place ?? Number.NEGATIVE_INFINITY
  }

  push(run: MergedRun): void {
    this.#runs.push(run)
  }

  /**
   * Takes the run with the next feature, its cursor on it; undefined if none is left.
   *
   * @throws E_INTERNAL if two runs have the same feature
   */
  async take(layer: string): Promise<MergedRun | undefined> {
    const first = this.#runs.pop()
    if (first === undefined) return undefined
    await begin(first)
    const { place } = first.cursor
    if (place > this.highest) return first
    const equal = [first]
    while (this.highest === place) {
      const other = this.#runs.pop()
      if (other === undefined) break
      await begin(other)
      equal.push(other)
    }
    const ids = await Promise.all(equal.map(({ cursor }) => cursor.id()))
    let least = 0
    for (let k = 1; k < ids.length; k++) if (ids[k]! < ids[least]!) least = k
    if (new Set(ids).size < ids.length) throw new EngineError("E_INTERNAL", `layer ${layer}: two features have one id`)
    equal.forEach((run, k) => {
      if (k !== least) this.push(run)
    })
    return equal[least]
  }
}

/**
 * Opens a run when its first feature is next: most runs of a country are then unopened or finished.
 */
const begin = async ({ cursor }: MergedRun): Promise<void> => {
  if (cursor.at >= 0) return
  await cursor.fill()
  cursor.step()
}
