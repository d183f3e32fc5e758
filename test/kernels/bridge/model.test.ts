import { describe, expect, it } from "vitest"
import type { Box2 } from "../../../engine/core/geometry/box.js"
import { seededRandom } from "../../../engine/core/random.js"
import type { Kernel, Shard, Solids, Tile } from "../../../engine/kernel.js"
import { scanScene } from "../../../fixtures/sample/scan.js"
import { makeScene } from "../../../fixtures/sample/scene.js"
import bridge from "../../../kernels/bridge/deck.js"
import join from "../../../kernels/bridge/deck-join.js"
import meshBridge from "../../../kernels/bridge/model.js"
import {
  fromFiles,
  fromMemory,
  type PointsOf,
  pointInputs,
  runStages,
  type Stages,
  solidFaults,
} from "../../scenes/footprint-stages.js"
import { optionsOf, scratch } from "../../scenes/kernel-run.js"
import { scanOf } from "../../scenes/made-scan.js"
import { sharedData } from "../../shared-data.js"

const names = { layer: "bridge", part: "deck-part", shards: "deck-object" }
const stages = (points: PointsOf, box: Box2, side: number, given = {}, seed = 1): Promise<Stages> =>
  runStages(points, box, side, { tile: bridge, join }, names, given, seed)

/** The model stage of every tile: solids by tile key, those without any left out. */
const bodies = async (points: PointsOf, { tiles, made, shards }: Stages, given = {}): Promise<Map<string, Solids>> => {
  const kernel = meshBridge as unknown as Kernel
  const found = new Map<string, Solids>()
  for (const tile of tiles) {
    const alone: Tile = { ...tile, extent: tile.cell }
    const shard = shards.find(({ key }) => key === tile.key) as Shard | undefined
    const input = {
      ...pointInputs(kernel, await points(alone), alone),
      "deck-own": made.get(tile.key)!["deck-own"],
      "deck-object": shard?.bytes ?? new Uint8Array(0),
      "deck-points": (shard?.reads ?? []).map((key) => made.get(key)!["deck-points"]),
    }
    const solids = kernel.run(alone, input as never, optionsOf(kernel, given), scratch)["deck-body"] as Solids
    if (solids.ids.length > 0) found.set(tile.key, solids)
  }
  return found
}

/**
 * All positions in mm of the CRS and all faces, so that solids of different tiles can be compared.
 */
const absolute = (solids: Solids): unknown => ({
  positions: Array.from(solids.positions, (v, i) => v + 1000 * solids.origin[i % 3]),
  rings: [...solids.ringVertices],
  ends: [...solids.ringEnds],
  kinds: [...solids.faceKinds],
  ids: solids.ids,
  columns: solids.columns,
})

/** Height of the top at a place of the CRS, metres; undefined beside it. */
const topAt = (solids: Solids, x: number, y: number): number | undefined => {
  const { positions: p, ringVertices: v, ringEnds, faceKinds, origin } = solids
  const [px, py] = [(x - origin[0]) * 1000, (y - origin[1]) * 1000]
  for (let f = 0; f < faceKinds.length; f++) {
    if (faceKinds[f] !== 2) continue
    const [a, b, c] = [3, 2, 1].map((back) => 3 * v[ringEnds[f] - back])
    const side = (i: number, j: number): number => (p[j] - p[i]) * (py - p[i + 1]) - (p[j + 1] - p[i + 1]) * (px - p[i])
    const [ab, bc, ca] = [side(a, b), side(b, c), side(c, a)]
    if (ab < 0 || bc < 0 || ca < 0) continue
    return (p[a + 2] * bc + p[b + 2] * ca + p[c + 2] * ab) / (ab + bc + ca) / 1000
  }
  return undefined
}

describe("bridge decks on the scene with known truth", () => {
  const scene = makeScene()
  const points = fromMemory(scanScene(scene))
  const { box, south, north } = scene.bridge
  const truth = (y: number): number => south + ((north - south) * (y - box[1])) / (box[3] - box[1])
  const oneTile = stages(points, scene.box, 200)

  it("one deck with its area, heights and thickness; it reaches the ground at both ends", async () => {
    const made = await oneTile
    expect(made.features.ids.length).toBe(1)
    const area = made.features.columns["area"].values[0] as number
    expect(Math.abs(area - 8 * 38) / (8 * 38)).toBeLessThan(0.05)
    const [solids] = [...(await bodies(points, made)).values()]
    expect(solidFaults(solids)).toMatchObject({ open: 0, flat: 0, inverted: 0 })
    let worst = 0
    for (let x = box[0] + 0.3; x < box[2]; x += 0.5) {
      for (let y = box[1] + 0.3; y < box[3]; y += 0.5) {
        worst = Math.max(worst, Math.abs((topAt(solids, x, y) ?? Number.NaN) - truth(y)))
      }
    }
    expect(worst).toBeLessThan(0.12)
    const count = solids.positions.length / 6
    for (let v = 0; v < count; v++)
      expect(solids.positions[3 * v + 2] - solids.positions[3 * (v + count) + 2]).toBe(800)
    // One metre beyond each end the slab holds the ground: its top above, its underside below.
    for (const y of [box[1] - 0.6, box[3] + 0.6]) {
      const x = (box[0] + box[2]) / 2
      const top = topAt(solids, x, y)!
      expect(top).toBeGreaterThan(scene.ground(x, y) - 0.2)
      expect(top - 0.8).toBeLessThan(scene.ground(x, y))
    }
  })

  it("is the same in tiles of 200, 100 and 50 m, in any order", async () => {
    const whole = await oneTile
    const [body] = [...(await bodies(points, whole)).values()]
    for (const [side, seed] of [
      [100, 1],
      [50, 2],
    ]) {
      const tiled = await stages(points, scene.box, side, {}, seed)
      expect(tiled.features).toEqual(whole.features)
      expect(Buffer.compare(tiled.bytes, whole.bytes)).toBe(0)
      const parts = [...(await bodies(points, tiled)).values()]
      expect(parts.map(absolute)).toEqual([absolute(body)])
    }
  })
})

/**
 * Decks at random: bars that cross, rings with holes, slopes, cars, ground of their height here and
 * there; a seed in three with many points missing.
 */
const interchange = (seed: number): PointsOf => {
  const random = seededRandom(seed)
  const bars = Array.from({ length: 6 }, () => {
    const [x, y, turn] = [200 * random(), 200 * random(), Math.PI * random()]
    return { x, y, turn, length: 20 + 60 * random(), width: 2 + 6 * random(), slope: 0.06 * (random() - 0.5) }
  })
  const rings = Array.from({ length: 2 }, () => [60 + 80 * random(), 60 + 80 * random(), 15 + 20 * random()])
  const at = (x: number, y: number): readonly [number, number] => {
    const ground = Math.hypot(x - 100, y - 100) > 70 ? 28 : 20
    if (seed % 3 === 0 && random() < 0.4) return [2, ground]
    for (const bar of bars) {
      const [c, s] = [Math.cos(bar.turn), Math.sin(bar.turn)]
      const along = (x - bar.x) * c + (y - bar.y) * s
      if (Math.abs(along) > bar.length || Math.abs((y - bar.y) * c - (x - bar.x) * s) > bar.width) continue
      return [17, 28 + along * bar.slope + (random() < 0.05 ? 2 * random() : 0) + 0.03 * random()]
    }
    for (const [cx, cy, radius] of rings)
      if (Math.abs(Math.hypot(x - cx, y - cy) - radius) < 4) return [17, 28 + 0.02 * (x - cx)]
    return [2, ground]
  }
  return fromMemory(scanOf([770000, 6277000, 770200, 6277200], seed % 2 === 0 ? 0.6 : 1.3, at))
}

describe("bridge decks of any shape", () => {
  it.each([1, 2, 3, 9, 13, 16])(
    "interchange %i: closed, outward, with their holes, the same in any tiling",
    async (seed) => {
      const points = interchange(seed)
      const box: Box2 = [770000, 6277000, 770200, 6277200]
      const found: unknown[] = []
      for (const side of [200, 100]) {
        const made = await stages(points, box, side, {}, seed)
        const parts = [...(await bodies(points, made)).values()]
        expect(parts.flatMap(({ ids }) => ids).sort()).toEqual([...made.features.ids].sort())
        for (const part of parts) expect(solidFaults(part)).toMatchObject({ open: 0, flat: 0, inverted: 0 })
        found.push(made.features, parts.flatMap(volumesOf).sort())
      }
      expect(found[2]).toEqual(found[0])
      expect(found[3]).toEqual(found[1])
    },
  )

  it("a deck whose points are not there has no body, and is counted", async () => {
    const points = interchange(1)
    const made = await stages(points, [770000, 6277000, 770200, 6277200], 200)
    const [tile] = made.tiles
    const kernel = meshBridge as unknown as Kernel
    const none = { ...pointInputs(kernel, await points({ ...tile, extent: [0, 0, 1, 1] }), tile), "deck-points": [] }
    const input = { ...none, "deck-own": made.made.get(tile.key)!["deck-own"], "deck-object": new Uint8Array(0) }
    const outputs = kernel.run(tile, input as never, optionsOf(kernel), scratch)
    expect((outputs["deck-body"] as Solids).ids).toEqual([])
    expect(outputs["deck-quality"]).toMatchObject({ decks: 0 })
    expect((outputs["deck-quality"] as Record<string, number>)["decksWithoutPoints"]).toBeGreaterThan(0)
  })
})

/** Id and volume of each solid. */
const volumesOf = (solids: Solids): string[] => {
  const { volumes } = solidFaults(solids)
  return solids.ids.map((id, s) => `${id} ${volumes[s].toFixed(6)}`)
}

describe.skipIf(!sharedData)("bridge decks on real data", () => {
  const folder = `${sharedData}/lidar-hd`

  it("the thinned pair 0299/0300_6802", async () => {
    const paths = ["0299", "0300"].map(
      (x) => `${folder}/las-digital-models/bridge/pointcloud/test_semis_2023_${x}_6802_LA93_IGN69.laz`,
    )
    const points = fromFiles(paths, [299000, 6801000, 301000, 6802000])
    const made = await stages(points, [299000, 6801000, 301000, 6802000], 1000)
    const solids = [...(await bodies(points, made)).values()]
    // The two decks that IGN drew by hand there; each of its pieces is one, though a third of a
    // point falls on a m².
    expect(made.features.ids.length).toBe(2)
    for (const part of solids) expect(solidFaults(part)).toMatchObject({ open: 0, flat: 0, inverted: 0 })
    const tiled = await stages(points, [299000, 6801000, 301000, 6802000], 250)
    expect(tiled.features.ids).toEqual(made.features.ids)
  })
})
