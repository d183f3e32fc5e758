import { describe, expect, it } from "vitest"
import { gatherPoints } from "../../../engine/formats/points/gather.js"
import { openPointFile } from "../../../engine/formats/points/point-file.js"
import type { FullPoints, Mesh, Points } from "../../../engine/kernel.js"
import pyramid from "../../../kernels/lod/pyramid.js"
import surface from "../../../kernels/terrain/surface.js"
import { scratch, tileOf } from "../../scenes/kernel-run.js"
import { factsOf, openOn } from "../../scenes/mesh-scene.js"
import { montpellier } from "../../scenes/montpellier.js"
import { sharedData } from "../../shared-data.js"

const options = { maxError: 0.25, cell: 0.5 }
const classes: readonly number[] = surface.inputs.relief.classes

/** Only the classes of the port. */
const reliefOf = (points: FullPoints): Points => {
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

describe.skipIf(!sharedData)("meshes of four real tiles", () => {
  it("meet their bound and their neighbours, as their parents do", async () => {
    const files = await Promise.all(montpellier.points.map((path) => openPointFile(path)))
    const meshes: Mesh[] = []
    for (const [column, row] of [
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ] as const) {
      const [x, y] = [770_500 + 50 * column, 6_277_500 + 50 * row]
      const tile = tileOf([x, y, x + 50, y + 50], surface.halo(options))
      const { points } = await gatherPoints(files, tile.extent, tile.origin)
      const relief = reliefOf(points)
      const { mesh, "mesh-quality": quality } = surface.run(tile, { relief }, options, scratch)
      meshes.push(mesh)
      const facts = factsOf(mesh)
      expect([facts.areaM2, facts.degenerate, facts.nonManifold, facts.unused]).toEqual([2500, 0, 0, 0])
      expect(quality["maxErrorM"]).toBeLessThanOrEqual(0.25)
    }
    for (const file of files) await file.close()
    const [a, b, c, d] = meshes.map(factsOf)
    expect(openOn(a!, { x: 770_550 })).toEqual(openOn(b!, { x: 770_550 }))
    expect(openOn(c!, { x: 770_550 })).toEqual(openOn(d!, { x: 770_550 }))
    expect(openOn(a!, { y: 6_277_550 })).toEqual(openOn(c!, { y: 6_277_550 }))
    expect(openOn(b!, { y: 6_277_550 })).toEqual(openOn(d!, { y: 6_277_550 }))
    const parent = tileOf([770_500, 6_277_500, 770_600, 6_277_600], 0, 2)
    const coarse = { maxError: 0.25, factor: 2, maxTriangles: 100_000 }
    const whole = pyramid.run(parent, { mesh: meshes }, coarse, scratch).mesh
    const facts = factsOf(whole)
    expect([facts.areaM2, facts.degenerate, facts.nonManifold, facts.unused]).toEqual([10_000, 0, 0, 0])
    expect(whole.triangles.length).toBeLessThan(0.8 * meshes.reduce((sum, mesh) => sum + mesh.triangles.length, 0))
    expect(whole.maxError).toBeLessThanOrEqual(0.75)
  })
})
