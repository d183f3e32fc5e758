/**
 * The kernel `vector.contour-join`: joins contour pieces in a region, and traces the strips between
 * tiles.
 */
import { concatenate } from "../../engine/core/lists.js"
import { defineKernel } from "../../engine/kernel.js"
import { commonRules } from "../handover/patch/join.js"
import { type ContourLine, contourFeatures, contourLayer } from "./lines/line.js"
import { type ContourPiece, decodeContourPart, type EdgeKey } from "./lines/part.js"
import { seamGrids } from "./lines/seams.js"
import { traceLines } from "./lines/trace.js"

/**
 * Joins the contours that cross tile borders, each whole and once in its region.
 *
 * Lines end at the region's sides. Tiles hand on only the part inside the region
 * (`vector.contour`), so a region needs no other one and memory is bounded by one region.
 *
 * The squares between tiles are traced first. So are those around all tiles, whose outer corners
 * are void: lines reach half a cell beyond the outermost heights. A piece continues in the piece
 * that starts on the edge where it ends, at the same level. The order of the tiles does not matter.
 * The rules (interval, lengths, tolerance) arrive with the pieces.
 *
 * Memory: 48 bytes a vertex, the layer included, and 16 a cell along borders; pieces are read in
 * place. Time: O(n).
 */
export default defineKernel({
  id: "vector.contour-join",
  version: 3,
  summary: "Joins contour lines across tile borders within a 10 km region",
  stages: ["region"],
  inputs: { "contour-part": { kind: "blob", many: true } },
  outputs: {
    contour: contourLayer,
    "contour-join-quality": { kind: "metrics" },
  },
  options: {},
  halo: () => 0,
  // Includes the encoded layer. Short pieces, as small tiles make, need more bytes than long ones.
  memory: ({ bytes }) => Math.min(8 * bytes, 5 * bytes + 60e6) + 16e6,
  run(_tile, input) {
    const tiles = input["contour-part"].map(decodeContourPart)
    const rules = commonRules(tiles, { interval: 1, index: 1, minLength: 0, tolerance: 0, smooth: 0 })
    const region = tiles[0]?.region ?? [0, 0]
    for (const tile of tiles) {
      if (tile.region[0] !== region[0] || tile.region[1] !== region[1])
        throw new Error(`contour parts of two regions, ${region} and ${tile.region}; expected one`)
    }
    const seams = seamGrids(tiles.map(({ border }) => border)).map((grid) => traceLines(grid, rules.interval, region))
    const lines = seams.flatMap((seam) => seam.lines)
    const pieces = [...tiles, ...seams].flatMap((part) => part.pieces)
    const { features, dropped } = contourFeatures([...lines, ...joinPieces(pieces)], rules)
    return {
      contour: features,
      "contour-join-quality": { joinedContours: features.ids.length, joinedContoursDropped: dropped },
    }
  },
})

const keyText = (level: number, [column, row, direction]: EdgeKey): string => `${level} ${column} ${row} ${direction}`

function* joinPieces(pieces: readonly ContourPiece[]): Generator<ContourLine> {
  const startingAt = new Map<string, number>()
  pieces.forEach((piece, p) => {
    startingAt.set(keyText(piece.level, piece.first), p)
  })
  const following = pieces.map((piece) => startingAt.get(keyText(piece.level, piece.last)) ?? -1)
  const hasPrevious = new Uint8Array(pieces.length)
  for (const next of following) if (next >= 0) hasPrevious[next] = 1
  const used = new Uint8Array(pieces.length)
  // Open lines from their start, then rings from any of their pieces.
  for (const rings of [false, true]) {
    for (let p = 0; p < pieces.length; p++) {
      if (used[p] === 1 || (!rings && hasPrevious[p] === 1)) continue
      const chain: Float64Array[] = []
      for (let q = p; q >= 0 && used[q] === 0; q = following[q]) {
        used[q] = 1
        chain.push(pieces[q].xy)
      }
      yield { level: pieces[p].level, xy: concatenate(Float64Array, chain) }
    }
  }
}
