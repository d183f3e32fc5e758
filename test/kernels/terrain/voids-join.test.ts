import { describe, expect, it } from "vitest"
import type { Box2 } from "../../../engine/core/geometry/box.js"
import type { Mesh, Tile } from "../../../engine/kernel.js"
import dtm from "../../../kernels/terrain/dtm.js"
import fill from "../../../kernels/terrain/dtm-fill.js"
import terrain from "../../../kernels/terrain/terrain.js"
import { rimHalo } from "../../../kernels/terrain/void/find-voids.js"
import { decodeFilledVoids } from "../../../kernels/terrain/void/void-part.js"
import voids from "../../../kernels/terrain/voids.js"
import join from "../../../kernels/terrain/voids-join.js"
import { presenceOf, scratch, tileOf } from "../../scenes/kernel-run.js"
import { factsOf, openOn } from "../../scenes/mesh-scene.js"
import { groundShots, heightsOf, pointsOf, rolling, type Shot } from "../../scenes/terrain-scene.js"

const box: Box2 = [9_900, 1_000, 10_150, 1_250]
const raster = { cell: 2, reach: 50, fill: 16 }
const none = new Uint8Array(0)

/**
 * 120 m wide over tile lines, with tiles without a point; 30 m wide; an oblique end of the data.
 */
const isLake = (x: number, y: number): boolean => Math.hypot(x - 10_020, y - 1_100) < 60
const isPond = (x: number, y: number): boolean => Math.hypot(x - 10_090, y - 1_210) < 15
const isBeyond = (x: number, y: number): boolean => x - 9_900 + (1_250 - y) < 70
/** Bays of that end and of the southern one, 30 m and 70 m wide. */
const isBay = (x: number, y: number): boolean => x < 9_990 && y > 1_190 && y < 1_220
const isWideBay = (x: number, y: number): boolean => x > 9_910 && x < 9_980 && y < 1_050
/** Trees without ground below. */
const isWood = (x: number, y: number): boolean => Math.hypot(x - 10_090, y - 1_040) < 34
const shots = groundShots(5, box, 0.5, rolling, 30, (x, y) =>
  [isLake, isPond, isBeyond, isBay, isWideBay].some((skips) => skips(x / 1000, y / 1000)),
)
  .map(([x, y, z]): Shot => (isWood(x / 1000, y / 1000) ? [x, y, z + 5000, 5] : [x, y, z, 2]))
  // In canonical order already, for speed.
  .sort((a, b) => Math.floor(a[1] / 1000) - Math.floor(b[1] / 1000) || a[0] - b[0])
const ground = shots.filter(([, , , code]) => code === 2)

const tilesOf = (side: number): Tile[] => {
  const tiles: Tile[] = []
  for (let y = Math.floor(box[1] / side) * side; y < box[3]; y += side) {
    for (let x = Math.floor(box[0] / side) * side; x < box[2]; x += side) {
      const key = `9/${x / side}/${y / side}`
      tiles.push({ ...tileOf([x, y, x + side, y + side], 0), key, sources: [box] })
    }
  }
  return tiles
}

const near = (tile: Tile, halo: number): Tile => ({
  ...tile,
  extent: tile.cell.map((value, i) => value + (i < 2 ? -halo : halo)) as unknown as Box2,
})

const known = new Map<string, Uint8Array>()
const partsOf = (tile: Tile): Uint8Array => {
  const name = `${tile.key} ${tile.cell[2] - tile.cell[0]}`
  const wide = near(tile, voids.halo({}))
  const inputs = {
    "void-presence": presenceOf(pointsOf(shots, wide), wide),
    "void-ground": pointsOf(ground, near(tile, rimHalo)),
  }
  const made = known.get(name) ?? voids.run(wide, inputs, {}, scratch)["void-part"]
  known.set(name, made)
  return made
}

/** The voids of all tiles, joined at once or by regions first. */
const shardsOf = (side: number, byRegion: boolean): ReadonlyMap<string, Uint8Array> => {
  const parts = tilesOf(side).map((tile) => ({ tile, bytes: partsOf(tile) }))
  const job = { ...tileOf([0, 0, side, side], 0), key: "0/0/0" }
  const shards = new Map<string, Uint8Array>()
  const add = (found: ReturnType<typeof join.run>): Uint8Array => {
    for (const { key, bytes } of found["void-filled"])
      shards.set(key, Uint8Array.from([...(shards.get(key) ?? []), ...bytes]))
    return found["void-part"]
  }
  const whole = (pieces: readonly Uint8Array[], region?: Box2): Uint8Array =>
    add(join.run({ ...job, ...(region ? { region } : {}) }, { "void-part": pieces }, {}, scratch))
  if (!byRegion) whole(parts.map(({ bytes }) => bytes))
  else {
    const left = [0, 10_000].map((west) =>
      whole(
        parts.filter(({ tile }) => tile.cell[0] >= west && tile.cell[0] < west + 10_000).map(({ bytes }) => bytes),
        [west, 0, west + 10_000, 10_000],
      ),
    )
    whole(left)
  }
  return shards
}

/** Height and source of each cell of the terrain model, by column and row. */
const modelOf = (side: number, shards: ReadonlyMap<string, Uint8Array>): Map<string, string> => {
  const cells = new Map<string, string>()
  for (const tile of tilesOf(side)) {
    const wide = near(tile, dtm.halo(raster))
    const points = { ground: pointsOf(ground, wide), survey: presenceOf(pointsOf(shots, wide), wide) }
    const made = dtm.run(wide, { ...points, "void-part": partsOf(tile) }, raster, scratch)
    const given = { "dtm-rest": made["dtm-rest"], "void-filled": shards.get(tile.key) ?? none }
    const later = fill.run(tile, given, {}, scratch)
    const [heights, sources] = [later.dtm ?? made.dtm, later["dtm-source"] ?? made["dtm-source"]]
    for (let y = tile.cell[1]; y < tile.cell[3]; y += 2) {
      for (let x = tile.cell[0]; x < tile.cell[2]; x += 2) {
        const [height, source] = [heights, sources].map(
          ({ data, width, minX, maxY }) => data[((maxY - y) / 2 - 1) * width + (x - minX) / 2],
        )
        if (!Number.isNaN(height)) cells.set(`${x} ${y}`, `${height} ${source}`)
      }
    }
  }
  return cells
}

const meshOf = (tile: Tile, shards: ReadonlyMap<string, Uint8Array>): Mesh => {
  const wide = near(tile, terrain.halo({ maxError: 0.15 }))
  const blobs = {
    ...{ "building-own": undefined, "building-object": undefined, "water-own": undefined, "water-object": undefined },
    ...{ "deck-own": undefined, "deck-object": undefined, breaklines: undefined },
  }
  const returns = presenceOf(pointsOf(shots, wide), wide)
  const points = { "ground-points": pointsOf(ground, wide), returns }
  const input = { ...points, "void-filled": shards.get(tile.key) ?? none, ...blobs }
  return terrain.run(wide, input, { maxError: 0.15 }, scratch).ground
}

/** True where a triangle covers a place of the CRS, metres. */
const covers = ({ positions, triangles, origin }: Mesh, x: number, y: number): boolean => {
  const at = (v: number): readonly [number, number] => [
    origin[0] + positions[3 * v]! / 1000 - x,
    origin[1] + positions[3 * v + 1]! / 1000 - y,
  ]
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = [at(triangles[t]!), at(triangles[t + 1]!), at(triangles[t + 2]!)]
    const side = (p: readonly number[], q: readonly number[]): number => p[0]! * q[1]! - p[1]! * q[0]!
    if (side(a, b) >= 0 && side(b, c) >= 0 && side(c, a) >= 0) return true
  }
  return false
}

describe("terrain.voids-join", () => {
  const shards = shardsOf(50, false)
  const model = modelOf(50, shards)

  it("fills enclosed voids of the terrain model, marked; nothing beyond an oblique end", () => {
    for (const [x, y] of [
      [10_020, 1_100],
      [10_060, 1_100],
      [10_090, 1_210],
      [10_090, 1_040],
    ])
      expect(model.get(`${x} ${y}`)).toMatch(/^\d+\.?\d* [12]$/)
    expect(model.get("10020 1100")).toMatch(/ 2$/)
    expect(model.get("9900 1248")).toBeUndefined()
  })

  it("gives one terrain model for every tile size, joined by regions or at once", () => {
    const joined = shardsOf(50, true)
    expect([...joined.keys()].sort()).toEqual([...shards.keys()].sort())
    for (const [key, bytes] of joined) expect(decodeFilledVoids(bytes)).toEqual(decodeFilledVoids(shards.get(key)))
    expect(modelOf(250, shardsOf(250, false))).toEqual(model)
  })

  it("closes bays up to 40 m wide, and leaves wider ones open", () => {
    for (const [side, joined] of [
      [50, shards],
      [250, shardsOf(250, false)],
    ] as const) {
      const meshes = new Map<string, Mesh>()
      const at = (x: number, y: number): boolean => {
        const tile = tilesOf(side).find(({ cell }) => x >= cell[0] && x < cell[2] && y >= cell[1] && y < cell[3])!
        const mesh = meshes.get(tile.key) ?? meshOf(tile, joined)
        meshes.set(tile.key, mesh)
        return covers(mesh, x, y)
      }
      expect([at(9_975.3, 1_205.2), at(9_985.3, 1_205.2), at(9_945.3, 1_015.2), at(9_905.3, 1_210.2)]).toEqual([
        true,
        true,
        false,
        false,
      ])
    }
  })

  it.each([50, 250])("ends the terrain model and the mesh at one outline, in tiles of %i m", (side) => {
    const joined = side === 50 ? shards : shardsOf(side, false)
    const wrong: string[] = []
    for (const tile of tilesOf(side)) {
      const heightAt = heightsOf(meshOf(tile, joined))
      for (let y = tile.cell[1]; y < tile.cell[3]; y += 2) {
        for (let x = tile.cell[0]; x < tile.cell[2]; x += 2) {
          const isCovered = heightAt(1000 * (x + 1 - tile.cell[0]), 1000 * (y + 1 - tile.cell[1])) !== undefined
          if (isCovered !== model.has(`${x} ${y}`)) wrong.push(`${x} ${y} ${isCovered}`)
        }
      }
    }
    // Beside a tile line with a surface a triangle stays whole, up to a metre wide.
    expect(wrong.length, wrong.join("\n")).toBeLessThan(3)
  })

  it("closes the mesh in enclosed voids, near the terrain model, with equal borders", () => {
    const meshes = new Map(tilesOf(50).map((tile) => [tile.key, meshOf(tile, shards)]))
    for (const tile of tilesOf(50)) {
      const [west, south, east, north] = tile.cell
      const own = factsOf(meshes.get(tile.key)!)
      const isInside = west >= 9_950 && north <= 1_200 && (west >= 10_000 || south >= 1_050)
      if (isInside) expect(own.areaM2).toBeCloseTo(2500, 6)
      const right = meshes.get(`9/${east / 50}/${south / 50}`)
      if (right) expect(openOn(own, { x: east })).toEqual(openOn(factsOf(right), { x: east }))
    }
    const { positions, classes, origin } = meshes.get("9/200/22")!
    let filled = 0
    for (let v = 0; v < classes!.length; v++) {
      if (classes![v] !== 66) continue
      const [x, y] = [origin[0] + positions[3 * v]! / 1000, origin[1] + positions[3 * v + 1]! / 1000]
      const height = model.get(`${2 * Math.floor(x / 2)} ${2 * Math.floor(y / 2)}`)
      if (height === undefined) continue
      expect(Math.abs(Number.parseFloat(height) - positions[3 * v + 2]! / 1000)).toBeLessThan(0.6)
      filled++
    }
    expect(filled).toBeGreaterThan(0)
  })
})
