/** The kernel `simulation.flood-join`: which low ground of a job is flooded. */

import { elementAt } from "../../engine/core/lists.js"
import { defineKernel } from "../../engine/kernel.js"
import { decodeFloodPart, encodeFloodShare, type FloodPart, type FloodShare } from "./flood/handover.js"
import type { LowBasins } from "./flood/low-basins.js"
import { pourWater } from "./flood/pour.js"
import { type FloodBody, type FloodPlace, joinFlood } from "./flood/rise.js"
import { isIn } from "./ground/window.js"

/**
 * Joins low ground over the borders of tiles. Water that rises floods ground that is connected,
 * over any number of tiles, with a place where it can come from. Poured water fills the basin of
 * its place, spills over the lowest saddle and merges with other water.
 *
 * Memory: 20 bytes a cell of a border, 100 a body of water. For volumes 5 bytes a cell of ground
 * below the level, and 100 a basin with water. Time: O(n log n).
 */
export default defineKernel({
  id: "simulation.flood-join",
  version: 3,
  summary: "Finds the low ground that water reaches",
  onRequest: true,
  stages: ["job"],
  inputs: { "flood-part": { kind: "blob", many: true, requestedOnly: true } },
  outputs: {
    "flood-share": { kind: "shards" },
    "flood-join-quality": {
      kind: "metrics",
      shares: {
        flooded: {
          parts: ["simulation.flood-join.floodBodies"],
          whole: ["simulation.flood-join.floods"],
          meaning: "of the floods cover ground",
          least: 1,
          remedy:
            "Nothing below the level is connected with water of class 9 or the given places, or all poured water runs off",
        },
      },
    },
  },
  options: {},
  halo: () => 0,
  memory: ({ bytes }) => 6 * bytes + 16e6,
  run(_tile, input) {
    const parts = input["flood-part"].map(decodeFloodPart)
    const { bodies, shares } = joinParts(parts)
    return {
      "flood-share": parts.map(({ key, window }, t) => {
        const inTile = bodies.filter(({ column, row }) => isIn(window, column, row))
        return { key, bytes: encodeFloodShare({ ...shares[t]!, bodies: inTile }), reads: [] }
      }),
      "flood-join-quality": { floods: 1, floodBodies: bodies.length },
    }
  },
})

interface Joined {
  readonly bodies: readonly FloodBody[]
  readonly shares: readonly Omit<FloodShare, "bodies">[]
}

/** All parts of a job are for the same kind of flood. */
const joinParts = (parts: readonly FloodPart[]): Joined => {
  const level = parts[0]?.level ?? 0
  const tiles = parts.flatMap(({ pour }) => pour?.basins ?? [])
  if (tiles.length > 0) return pourIn(tiles, level, parts[0]?.pour?.places ?? [])
  const { bodies, flooded } = joinFlood(
    parts.flatMap(({ rise }) => rise ?? []),
    level,
  )
  return { bodies, shares: flooded.map((numbers) => ({ flooded: numbers })) }
}

const pourIn = (tiles: readonly LowBasins[], level: number, places: readonly FloodPlace[]): Joined => {
  // Cubic metres of 1 mm on a cell.
  const cubic = elementAt(tiles, 0).window.cell ** 2 / 1e9
  const volumes = places.map(({ volume }) => volume / cubic)
  const made = pourWater(tiles, level, volumes, (k) => {
    const { x, y } = elementAt(places, k)
    return `${x},${y}`
  })
  const shares = tiles.map((tile, t) => {
    const sumHere = (values: ArrayLike<number>): number =>
      tile.places.reduce((sum, basin, place) => sum + (basin < 0 ? 0 : values[place]! * cubic), 0)
    const poured = { volume: sumHere(volumes), lost: sumHere(made.lost), above: sumHere(made.above) }
    return { ...elementAt(made.shares, t), ...(tile.places.some((basin) => basin >= 0) ? { poured } : {}) }
  })
  return { bodies: made.bodies, shares }
}
