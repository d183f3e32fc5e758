/**
 * Small kernels that go through every stage: modules for `--kernel`, written as text since a run
 * imports them from files of their own.
 */
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"

const common = `
const text = (bytes) => new TextDecoder().decode(bytes)
const bytesOf = (value) => new TextEncoder().encode(JSON.stringify(value))
const read = (bytes) => JSON.parse(text(bytes))
const base = { version: 1, summary: "for a test", halo: () => 0, memory: () => 0 }
`

/**
 * Tells what lies in a tile: how many points, the sum of their heights; what its neighbours read of
 * it.
 */
const piece = `${common}
export default { ...base, id: "toy.piece",
  inputs: { ground: { kind: "points", classes: [2] } },
  outputs: { "toy-piece": { kind: "blob" }, "toy-own": { kind: "blob" }, dot: { kind: "features", geometry: "Point" } },
  options: { broken: { type: "string", default: "", help: "tile that fails" } },
  halo: () => 3,
  run: (tile, { ground }, { broken }) => {
    if (tile.key === broken) throw new Error("broken on purpose")
    let [count, sum] = [0, 0]
    for (let i = 0; i < ground.count; i++) {
      const [x, y] = [ground.origin[0] + ground.x[i] / 1000, ground.origin[1] + ground.y[i] / 1000]
      if (x < tile.cell[0] || x >= tile.cell[2] || y < tile.cell[1] || y >= tile.cell[3]) continue
      count++
      sum += ground.z[i]
    }
    const { key, cell } = tile
    const centre = [(cell[0] + cell[2]) / 2, (cell[1] + cell[3]) / 2]
    const dot = { geometry: "Point", dimension: 2, coordinates: Float64Array.from(centre), ringEnds: Uint32Array.of(1), partEnds: Uint32Array.of(1),
      ids: ["dot " + key], columns: {} }
    return { "toy-piece": bytesOf({ key, cell, count }), "toy-own": bytesOf({ key, sum }), dot }
  } }
`

/**
 * Links each tile with the one east of it by a line that the western one owns; a shard tells a tile
 * its links and what to read.
 */
const join_ = `${common}
export default { ...base, id: "toy.join", stages: ["job"],
  inputs: { "toy-piece": { kind: "blob", many: true } },
  outputs: { "toy-link": { kind: "shards" }, link: { kind: "features", geometry: "LineString" }, "toy-join-quality": { kind: "metrics" } },
  options: {},
  run: (_tile, input) => {
    const pieces = input["toy-piece"].map(read)
    const byPlace = new Map(pieces.map((piece) => [piece.cell[0] + " " + piece.cell[1], piece]))
    const links = new Map(pieces.map((piece) => [piece.key, []]))
    const coordinates = [], ids = []
    for (const piece of pieces) {
      const east = byPlace.get(piece.cell[2] + " " + piece.cell[1])
      if (!east) continue
      links.get(piece.key).push(east.key)
      links.get(east.key).push(piece.key)
      coordinates.push(piece.cell[0] + 30, piece.cell[1] + 10, piece.cell[2] + 10, piece.cell[1] + 10)
      ids.push("link " + piece.key)
    }
    const link = { geometry: "LineString", dimension: 2, coordinates: Float64Array.from(coordinates), ringEnds: Uint32Array.from(ids, (_, i) => 2 * i + 2),
      partEnds: Uint32Array.from(ids, (_, i) => i + 1), ids, columns: {} }
    const shards = [...links].map(([key, others]) => ({ key, bytes: bytesOf({ key, others }), reads: [...others].sort() }))
    return { "toy-link": shards, link, "toy-join-quality": { pieces: pieces.length } }
  } }
`

/** A sheet over the cell whose height tells all that the tile read, and a tetrahedron. */
const model = `${common}
export default { ...base, id: "toy.model", stages: ["model"],
  inputs: { ground: { kind: "points", classes: [2] }, "toy-own": { kind: "blob" }, "toy-link": { kind: "blob" }, "toy-piece": { kind: "blob", listed: true },
    "toy-nobody": { kind: "blob", optional: true }, houses: { kind: "features", geometry: "Polygon", external: { name: "footprints", flag: "--footprints", help: { en: "houses", fr: "maisons" } } } },
  outputs: { mesh: { kind: "mesh" }, block: { kind: "solids" }, "toy-quality": { kind: "metrics" } },
  options: { lift: { type: "number", default: 0, min: 0, max: 100, help: "metres" }, reach: { type: "number", default: 7, help: "metres" } },
  halo: ({ reach }) => reach,
  run: (tile, input, { lift }) => {
    if (input["toy-nobody"] !== undefined) throw new Error("nobody makes it")
    const own = read(input["toy-own"])
    const link = input["toy-link"].length === 0 ? { others: [] } : read(input["toy-link"])
    const near = input["toy-piece"].map(read)
    if (near.map(({ key }) => key).sort().join() !== [...link.others].sort().join()) throw new Error("read " + near.map(({ key }) => key) + " for " + link.others)
    const height = (own.sum % 1000) + near.reduce((sum, { count }) => sum + count, 0) + input.ground.count + Math.round(1000 * lift)
    const side = Math.round(1000 * (tile.cell[2] - tile.cell[0]))
    const mesh = { origin: tile.origin, positions: Int32Array.of(0, 0, height, side, 0, height, side, side, height, 0, side, height),
      triangles: Uint32Array.of(0, 1, 2, 0, 2, 3), classes: new Uint8Array(4).fill(2), maxError: 0.1 }
    const block = { origin: tile.origin, positions: Int32Array.of(0, 0, 0, 1000, 0, 0, 0, 1000, 0, 0, 0, 1000),
      ringVertices: Uint32Array.of(0, 2, 1, 0, 1, 3, 1, 2, 3, 2, 0, 3), ringEnds: Uint32Array.of(3, 6, 9, 12), faceEnds: Uint32Array.of(1, 2, 3, 4),
      faceKinds: Uint8Array.of(0, 1, 1, 1), solidEnds: Uint32Array.of(4), ids: ["block " + tile.key], classes: Uint8Array.of(6),
      columns: { height: { type: "number", values: Float64Array.of(height) } } }
    return { mesh, block, "toy-quality": { near: near.length, houses: input.houses === undefined ? -1 : input.houses.ids.length } }
  } }
`

/** One sheet over the parent, as high as its children's blocks together. */
const parent = `${common}
export default { ...base, id: "toy.parent", stages: ["parent"],
  inputs: { mesh: { kind: "mesh", many: true }, block: { kind: "solids", many: true }, none: { kind: "solids", many: true, optional: true } },
  outputs: { mesh: { kind: "mesh" }, block: { kind: "solids" }, "toy-parent-quality": { kind: "metrics" } },
  options: {},
  run: (tile, { mesh: children, block: blocks, none }) => {
    if (none !== undefined) throw new Error("nobody makes it")
    const height = blocks.reduce((sum, { columns }) => sum + columns.height.values[0], 0)
    const side = Math.round(1000 * (tile.cell[2] - tile.cell[0]))
    const mesh = { origin: tile.origin, positions: Int32Array.of(0, 0, height, side, 0, height, side, side, height, 0, side, height),
      triangles: Uint32Array.of(0, 1, 2, 0, 2, 3), classes: new Uint8Array(4).fill(2), maxError: 1 }
    const [first] = blocks
    const [none32, none8] = [new Uint32Array(0), new Uint8Array(0)]
    const empty = { origin: tile.origin, positions: new Int32Array(0), ringVertices: none32, ringEnds: none32, faceEnds: none32,
      faceKinds: none8, solidEnds: none32, classes: none8, ids: [], columns: {} }
    const block = first === undefined ? empty : { ...first, ids: ["block " + tile.key], columns: { height: { type: "number", values: Float64Array.of(height) } } }
    return { mesh, block, "toy-parent-quality": { children: children.length, blocks: blocks.length } }
  } }
`

/** Writes the kernels and gives their paths. */
export const writeToyKernels = async (folder: string): Promise<string[]> => {
  await mkdir(folder, { recursive: true })
  const texts = { piece, join: join_, model, parent }
  const paths: string[] = []
  for (const [name, text] of Object.entries(texts)) {
    const path = join(folder, `${name}.mjs`)
    await writeFile(path, text)
    paths.push(path)
  }
  return paths
}
