import { defineKernel } from "../../engine/kernel.js"
import { addSums, type BuildingObject, buildingFeatures } from "../lib/building-object.js"
import { type BuildingParts, decodeBuildingParts } from "../lib/building-part.js"
import { type CellRuns, chooseRuns, connectRuns, groupRuns } from "../lib/cell-runs.js"

/**
 * Buildings that touch borders of work tiles, each made whole and once.
 *
 * The runs of all parts are sorted by row and column, connected by union-find where cells share an edge (4-connectivity, as within a tile), and each
 * object is traced from its runs. The order of the tiles does not matter. `truncated` marks objects that touch a side of a tile beyond which the job holds
 * no tile. The rules (cell, areas, tolerance) come with the parts.
 *
 * Memory: 30 bytes a run of the parts. Time: O(n log n).
 */
export default defineKernel({
  id: "vector.building-join",
  version: 1,
  summary: "Buildings across tile borders, whole and once",
  scopes: ["job"],
  inputs: { "building-part": { kind: "blob", many: true } },
  outputs: {
    building: { kind: "features", geometry: "Polygon", help: "building footprints: area, height, ground, roof_max" },
    "building-join-quality": { kind: "metrics" },
  },
  options: {},
  halo: () => 0,
  memory: () => 64e6,
  run(_tile, input) {
    const tiles = input["building-part"].map(decodeBuildingParts)
    const rules = tiles[0]?.rules ?? { cell: 1, minArea: 0, minHole: 0, tolerance: 0 }
    for (const tile of tiles) {
      const same = (Object.keys(rules) as (keyof typeof rules)[]).every((name) => tile.rules[name] === rules[name])
      if (!same) throw new Error("building parts were made with different options: run with --force")
    }
    const { features, counts } = buildingFeatures(joinParts(tiles), rules)
    return {
      building: features,
      "building-join-quality": {
        joinedBuildings: features.ids.length,
        truncatedBuildings: features.columns["truncated"].values.filter((value) => value === 1).length,
        joinedDropped: counts.dropped,
        joinedUnsimplifiedRings: counts.unsimplified,
      },
    }
  },
})

function* joinParts(tiles: readonly BuildingParts[]): Generator<BuildingObject> {
  const open = openSides(tiles)
  const parts = tiles.flatMap((tile, t) =>
    tile.parts.map((part) => ({ ...part, cut: touchesOpenSide(part.runs, tile, open[t]) })),
  )
  const { runs, owner } = sortedRuns(parts.map((part) => part.runs))
  const { members, groupEnds } = groupRuns(connectRuns(runs))
  for (let g = 0; g < groupEnds.length; g++) {
    const indices = members.subarray(g > 0 ? groupEnds[g - 1] : 0, groupEnds[g])
    const own = [...new Set(Array.from(indices, (k) => owner[k]))].map((p) => parts[p])
    yield { runs: chooseRuns(runs, indices), truncated: own.some((part) => part.cut), ...addSums(own) }
  }
}

/** All runs sorted by row, then column, and the part of each. */
const sortedRuns = (parts: readonly CellRuns[]): { runs: CellRuns; owner: Int32Array } => {
  const count = parts.reduce((sum, part) => sum + part.rows.length, 0)
  const all = { rows: new Int32Array(count), starts: new Int32Array(count), ends: new Int32Array(count) }
  const part = new Int32Array(count)
  let at = 0
  parts.forEach((runs, p) => {
    all.rows.set(runs.rows, at)
    all.starts.set(runs.starts, at)
    all.ends.set(runs.ends, at)
    part.fill(p, at, at + runs.rows.length)
    at += runs.rows.length
  })
  const order = Uint32Array.from({ length: count }, (_, k) => k).sort(
    (a, b) => all.rows[a] - all.rows[b] || all.starts[a] - all.starts[b],
  )
  const pick = (values: Int32Array): Int32Array => Int32Array.from(order, (k) => values[k])
  return { runs: { rows: pick(all.rows), starts: pick(all.starts), ends: pick(all.ends) }, owner: pick(part) }
}

type Sides = readonly [west: boolean, south: boolean, east: boolean, north: boolean]

/** The sides of each tile beyond which there is no tile. */
const openSides = (tiles: readonly BuildingParts[]): Sides[] => {
  const corners = new Map<string, Set<string>>()
  const add = (side: string, key: string): void => {
    corners.set(side, (corners.get(side) ?? new Set()).add(key))
  }
  for (const { window: w } of tiles) {
    add("west", `${w[0]} ${w[1]}`)
    add("south", `${w[0]} ${w[1]}`)
    add("east", `${w[2]} ${w[1]}`)
    add("north", `${w[0]} ${w[3]}`)
  }
  const has = (side: string, column: number, row: number): boolean =>
    corners.get(side)?.has(`${column} ${row}`) ?? false
  // The neighbour in the west has its east border at this tile's west border, and so on.
  return tiles.map(({ window: w }) => [
    !has("east", w[0], w[1]),
    !has("north", w[0], w[1]),
    !has("west", w[2], w[1]),
    !has("south", w[0], w[3]),
  ])
}

const touchesOpenSide = ({ rows, starts, ends }: CellRuns, { window: w }: BuildingParts, open: Sides): boolean => {
  for (let k = 0; k < rows.length; k++) {
    if (open[0] && starts[k] === w[0]) return true
    if (open[1] && rows[k] === w[1]) return true
    if (open[2] && ends[k] === w[2]) return true
    if (open[3] && rows[k] === w[3] - 1) return true
  }
  return false
}
