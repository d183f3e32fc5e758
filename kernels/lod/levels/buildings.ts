/** Coarser buildings and bridge decks, within the error of the level. */
import { doubledArea } from "../../../engine/core/geometry/rings.js"
import type { Solids } from "../../../engine/kernel.js"
import { forVertices, type Prism, readPrism, shiftOf } from "../solid/prism.js"
import { type Block, listParts, type SolidLevel, type SolidPart, SolidWriter } from "../solid/writer.js"
import { mergeOutlines } from "./merge-outlines.js"
import { simplifyRings } from "./simplify-rings.js"

/**
 * Buildings of a parent from those of its children, each as coarse as `bound` (mm) allows:
 * - dropped, where its height above its floor is at most the bound;
 * - a block, its outline with a flat roof over the same volume, where the roof is within half the
 *   bound of it;
 * - else unchanged.
 *
 * Block outlines are simplified by a quarter of the bound. Blocks merge where their gap is below
 * about three quarters of the bound and their roofs differ by at most the bound. Courtyards less
 * than the bound across are closed.
 *
 * `error` bounds the visible distance between the solids of both levels, both ways. Places of an
 * old surface may also be inside a new solid. It is the hypotenuse of the measured vertical and
 * horizontal parts (roof, vertices, gaps), added to the children's error.
 *
 * All solids are closed. The result depends only on the children and their order. O(n log n).
 */
export const coarserBuildings = (children: readonly Solids[], origin: Solids["origin"], bound: number): SolidLevel => {
  const parts = listParts(children)
  const tall = parts.filter(({ height }) => height > bound)
  const goneHeight = parts.reduce(
    (most, { height, error }) => (height > bound ? most : Math.max(most, height + error)),
    0,
  )
  const withPrism = tall.map((part) => {
    const child = children[part.child]!
    return { ...part, prism: readPrism(child, part.solid, shiftOf(child, origin)) }
  })
  const isBlock = (part: (typeof withPrism)[number]): part is BlockPart =>
    part.prism !== undefined &&
    Math.max(part.prism.high - part.prism.mean, part.prism.mean - part.prism.low) <= bound / 2
  const unchanged = withPrism.filter((part) => !isBlock(part))
  const blocks = makeBlocks(
    withPrism.filter(isBlock),
    unchanged.flatMap(({ prism }) => prism?.rings ?? []),
    bound,
  )
  const writer = new SolidWriter(children, origin)
  for (const block of blocks) writer.addBlock(block)
  for (const part of unchanged) writer.addPart(part)
  return {
    solids: writer.solids(),
    error: [...blocks, ...unchanged].reduce((most, { error }) => Math.max(most, error), 0),
    goneHeight,
    gone: parts.length - tall.length,
    blocks: blocks.length,
    retained: unchanged.length,
  }
}

type BlockPart = SolidPart & { readonly prism: Prism }

const makeBlocks = (parts: readonly BlockPart[], others: readonly Int32Array[], bound: number): Block[] => {
  const outlines = parts.map(({ prism }) => ({ rings: prism.rings, low: prism.low, high: prism.high }))
  // An edge of √3/2 of the bound: added places are within half of it of an outline.
  const merged = mergeOutlines(outlines, (bound * Math.sqrt(3)) / 2, bound)
  const shapes = merged.map(({ members, rings, added }) => {
    const open = rings.filter((ring) => doubledArea(ring) > 0 || -doubledArea(ring) / 2 > Math.PI * (bound / 2) ** 2)
    return { members, rings: open, added: open.length < rings.length ? Math.max(added, bound / 2) : added }
  })
  const obstacles = Int32Array.from(others.flatMap((ring) => [...ring]))
  const flat = shapes.flatMap(({ rings }) => rings)
  const { rings: simple, moved } = simplifyRings(flat, bound / 4, obstacles)
  let at = 0
  return shapes.map(({ members, rings, added }) => {
    const own = members.map((k) => parts[k]!)
    const low = Math.min(...own.map(({ prism }) => prism.low))
    const high = Math.max(...own.map(({ prism }) => prism.high))
    const area = own.reduce((sum, { prism }) => sum + prism.area, 0)
    const mean = own.reduce((sum, { prism }) => sum + prism.mean * prism.area, 0) / area
    // The mean, clamped to within half the bound of both ends of the roofs' range.
    const roof = Math.round(Math.max(high - bound / 2, Math.min(low + bound / 2, mean)))
    const floor = Math.min(...own.map(({ prism }) => prism.floor))
    const vertical = Math.max(high - roof, roof - low)
    const before = Math.max(...own.map(({ error }) => error))
    const outline = simple.slice(at, at + rings.length)
    const shifted = Math.max(...moved.slice(at, at + rings.length))
    at += rings.length
    return {
      rings: outline,
      floor,
      roof,
      of: own.reduce((best, part) => (part.prism.area > best.prism.area ? part : best)),
      error: before + Math.hypot(vertical, added + shifted),
      members: own.reduce((sum, part) => sum + part.members, 0),
    }
  })
}

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
  let [error, goneHeight, gone, retained] = [0, 0, 0, 0]
  for (const part of listParts(children)) {
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
      writer.addPart(part)
      retained++
      error = Math.max(error, part.error)
    }
  }
  return { solids: writer.solids(), error, goneHeight, gone, blocks: 0, retained }
}
