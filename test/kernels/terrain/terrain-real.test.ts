import { describe, expect, it } from "vitest"
import { gatherPoints } from "../../../engine/formats/points/gather.js"
import { openPointFile } from "../../../engine/formats/points/point-file.js"
import type { FullPoints, Mesh, Points } from "../../../engine/kernel.js"
import terrain from "../../../kernels/terrain/terrain.js"
import { presenceOf, scratch, tileOf } from "../../scenes/kernel-run.js"
import { factsOf, openOn } from "../../scenes/mesh-scene.js"
import { montpellier } from "../../scenes/montpellier.js"
import { heightsOf } from "../../scenes/terrain-scene.js"
import { sharedData } from "../../shared-data.js"

const options = { maxError: 0.15 }
const classes: readonly number[] = terrain.inputs["ground-points"].classes

const portOf = (points: FullPoints): Required<Pick<Points, "classification">> & Points => {
  const chosen: number[] = []
  for (let i = 0; i < points.count; i++) if (classes.includes(points.classification[i])) chosen.push(i)
  return {
    count: chosen.length,
    x: Int32Array.from(chosen, (i) => points.x[i]),
    y: Int32Array.from(chosen, (i) => points.y[i]),
    z: Int32Array.from(chosen, (i) => points.z[i]),
    classification: Uint8Array.from(chosen, (i) => points.classification[i]),
    scale: points.scale,
    origin: points.origin,
  }
}

const makeGround = async (paths: readonly string[], x: number, y: number, side: number) => {
  const files = await Promise.all(paths.map((path) => openPointFile(path)))
  const tile = tileOf([x, y, x + side, y + side], terrain.halo(options))
  const { points } = await gatherPoints(files, tile.extent, tile.origin)
  for (const file of files) await file.close()
  const input = {
    "building-own": undefined,
    "building-object": undefined,
    "water-own": undefined,
    "water-object": undefined,
    "deck-own": undefined,
    "deck-object": undefined,
    "void-filled": undefined,
    breaklines: undefined,
  }
  const port = portOf(points)
  const returns = presenceOf(points, tile)
  return { port, ...terrain.run(tile, { "ground-points": port, returns, ...input }, options, scratch) }
}

/** Share of the ground points inside the tile that are farther than the bound from the mesh. */
const beyond = (mesh: Mesh, { x, y, z, classification, count }: Points, side: number): number => {
  const heightAt = heightsOf(mesh)
  let [far, all] = [0, 0]
  for (let i = 0; i < count; i++) {
    const ground = classification![i] === 2 || classification![i] === 9 || classification![i] === 66
    if (!ground || x[i] < 0 || y[i] < 0 || x[i] >= side || y[i] >= side) continue
    const height = heightAt(x[i], y[i])
    all++
    if (height === undefined || Math.abs(height - z[i]) > 150.001) far++
  }
  return far / all
}

describe.skipIf(!sharedData)("mesh.terrain on real points", () => {
  it("meets its bound and its neighbours on four tiles of Montpellier", async () => {
    const meshes: Mesh[] = []
    for (const [x, y] of [
      [770_500, 6_277_500],
      [770_550, 6_277_500],
      [770_500, 6_277_550],
      [770_550, 6_277_550],
    ] as const) {
      const { ground, port, "ground-quality": quality } = await makeGround(montpellier.points, x, y, 50)
      meshes.push(ground)
      const facts = factsOf(ground)
      expect([facts.areaM2, facts.degenerate, facts.nonManifold, facts.unused]).toEqual([2500, 0, 0, 0])
      expect(beyond(ground, port, 50_000)).toBeLessThan(0.001)
      expect(quality["rmsErrorM"]).toBeLessThan(0.07)
      expect((quality["rejectedStep"]! + quality["rejectedAtWall"]!) / quality["accepted"]!).toBeLessThan(0.001)
    }
    const [a, b, c, d] = meshes.map(factsOf)
    expect(openOn(a!, { x: 770_550 })).toEqual(openOn(b!, { x: 770_550 }))
    expect(openOn(c!, { x: 770_550 })).toEqual(openOn(d!, { x: 770_550 }))
    expect(openOn(a!, { y: 6_277_550 })).toEqual(openOn(c!, { y: 6_277_550 }))
    expect(openOn(b!, { y: 6_277_550 })).toEqual(openOn(d!, { y: 6_277_550 }))
  })

  it("rejects the cliff of Corsica and keeps the rest within the bound", async () => {
    const path = `${sharedData}/lidar-hd/pdal-ign-plugin/input/corse.laz`
    const { ground, "ground-quality": quality } = await makeGround([path], 1_216_450, 6_051_700, 100)
    const facts = factsOf(ground)
    expect([facts.degenerate, facts.nonManifold, facts.unused]).toEqual([0, 0, 0])
    expect(quality["maxErrorM"]).toBeLessThanOrEqual(0.15)
    expect(quality["rmsErrorM"]).toBeLessThan(0.07)
    expect(quality["rejectedStep"]).toBeGreaterThan(1000)
    expect(quality["accepted"]).toBeGreaterThan(20_000)
  })
})
