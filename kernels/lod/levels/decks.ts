/** Coarser bridge decks: unchanged, or dropped where they are no higher than the level's error. */
import type { Solids } from "../../../engine/kernel.js"
import { forVertices, shiftOf } from "../solid/prism.js"
import { partsOf, type SolidLevel, SolidWriter } from "../solid/writer.js"

/**
 * Bridge decks of a parent from those of its children. A deck is dropped where no vertex is more
 * than `bound` (mm) above the ground, else unchanged. Decks are few, and a block would close the
 * way under one.
 * @param heightAt ground of the parent, mm; where undefined, the deck's lowest vertex replaces it
 */
export const coarserDecks = (
  children: readonly Solids[],
  origin: Solids["origin"],
  bound: number,
  heightAt: (x: number, y: number) => number | undefined,
): SolidLevel => {
  const writer = new SolidWriter(children, origin)
  let [error, goneHeight, gone, kept] = [0, 0, 0, 0]
  for (const part of partsOf(children)) {
    const solids = children[part.child]!
    const { positions } = solids
    const shift = shiftOf(solids, origin)
    let lowest = Infinity
    forVertices(solids, part.solid, (v) => {
      lowest = Math.min(lowest, positions[3 * v + 2] + shift[2])
    })
    let height = 0
    forVertices(solids, part.solid, (v) => {
      const ground = heightAt(positions[3 * v] + shift[0], positions[3 * v + 1] + shift[1]) ?? lowest
      height = Math.max(height, positions[3 * v + 2] + shift[2] - ground)
    })
    if (height <= bound) {
      gone++
      goneHeight = Math.max(goneHeight, height + part.error)
    } else {
      writer.addKept(part)
      kept++
      error = Math.max(error, part.error)
    }
  }
  return { solids: writer.solids(), error, goneHeight, gone, blocks: 0, kept }
}
