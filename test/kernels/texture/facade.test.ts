import { describe, expect, it } from "vitest"
import type { Mesh, Texture, TextureChart } from "../../../engine/kernel.js"
import { makeScene } from "../../../fixtures/sample/scene.js"
import { seenColour } from "../../../fixtures/sample/views.js"
import { type Wall, wallColour } from "../../../fixtures/sample/wall-pattern.js"
import { halvedWalls } from "../../../kernels/texture/charts/facade-walls.js"
import facade from "../../../kernels/texture/facade.js"
import { scratch, tileOf } from "../../scenes/kernel-run.js"
import { alongWall, sceneCharts, texelCentre, topOf } from "../../scenes/texture-scene.js"

const TEXEL = 0.2
const scene = makeScene()
const tile = { ...tileOf(scene.box, 0), step: 2 }
const truthAt = (wall: Wall, along: number, z: number): number[] => [...seenColour(wallColour(wall, along, z))]

/** A quad a wall, moved out of its plane and grown upwards by so many metres. */
const wallsMesh = (outwards: number, upwards: number): Mesh => {
  const positions: number[] = []
  const triangles: number[] = []
  const owners: number[] = []
  for (const { wall, chart } of sceneCharts(scene, TEXEL)) {
    const [nx, ny] = [chart.u[1], -chart.u[0]]
    const first = positions.length / 3
    for (const [along, isTop] of [
      [0, false],
      [wall.length, false],
      [wall.length, true],
      [0, true],
    ] as const) {
      const [x, y] = alongWall(wall, along)
      const z = isTop ? topOf(scene.buildings[wall.building]!, wall, along) + upwards : scene.ground(x, y)
      positions.push(x - scene.box[0] + nx * outwards, y - scene.box[1] + ny * outwards, z)
    }
    triangles.push(first, first + 1, first + 2, first, first + 2, first + 3)
    owners.push(1 + wall.building, 1 + wall.building)
  }
  const count = positions.length / 3
  const ids = ["", ...scene.buildings.map((_, i) => `building ${i}`)]
  return {
    origin: [scene.box[0], scene.box[1], 0],
    positions: Int32Array.from(positions, (value) => Math.round(1000 * value)),
    triangles: Uint32Array.from(triangles),
    classes: new Uint8Array(count).fill(6),
    maxError: 0,
    owners: Uint32Array.from(owners),
    objects: { ids, classes: Uint8Array.from(ids, (id) => (id === "" ? 2 : 6)), columns: {} },
  }
}

/**
 * The walls in their own colours, a fifth of the texels unknown, and garbage where the chart lies
 * beyond the wall.
 */
const childWalls = (): Texture => {
  const mesh = wallsMesh(0, 0)
  const charts = sceneCharts(scene, TEXEL).map(({ wall, chart }, number): TextureChart => {
    const data = new Uint8Array(4 * chart.width * chart.height)
    for (let i = 0; i < chart.width * chart.height; i++) {
      const [along, z] = [((i % chart.width) + 0.5) * TEXEL, texelCentre(chart, 0, Math.floor(i / chart.width))[2]]
      const isOnWall = z < topOf(scene.buildings[wall.building]!, wall, along)
      data.set([...(isOnWall ? truthAt(wall, along, z).map(Math.round) : [255, 0, 255]), i % 5 === 0 ? 0 : 255], 4 * i)
    }
    return { ...chart, faces: Uint32Array.of(2 * number, 2 * number + 1), data }
  })
  return { charts: halvedWalls(mesh, charts), colours: new Uint32Array(0) }
}

/**
 * Decibels between a parent's painted walls and the truth over its own texels of 0.4 m, below the
 * children's eaves.
 */
const figuresOf = (mesh: Mesh, texture: Texture): { psnr: number; texels: number } => {
  const walls = sceneCharts(scene, TEXEL)
  let [squares, texels] = [0, 0]
  for (const chart of texture.charts) {
    const { wall } = walls[Math.floor(chart.faces[0]! / 2)]!
    for (let i = 0; i < chart.width * chart.height; i++) {
      const [x, y, z] = texelCentre(chart, i % chart.width, Math.floor(i / chart.width))
      const place = [x + mesh.origin[0] - wall.a[0], y + mesh.origin[1] - wall.a[1]] as const
      const along = (place[0] * (wall.b[0] - wall.a[0]) + place[1] * (wall.b[1] - wall.a[1])) / wall.length
      if (along < 0.5 || along > wall.length - 0.5) continue
      const [gx, gy] = alongWall(wall, along)
      if (z < scene.ground(gx, gy) + 0.5 || z > topOf(scene.buildings[wall.building]!, wall, along) - 0.5) continue
      const truth = [0, 0, 0]
      for (let k = 0; k < 16; k++) {
        const at = truthAt(wall, along + 0.1 * ((k % 4) - 1.5), z + 0.1 * (Math.floor(k / 4) - 1.5))
        for (let band = 0; band < 3; band++) truth[band]! += at[band]! / 16
      }
      for (let band = 0; band < 3; band++) squares += (chart.data[4 * i + band]! - truth[band]!) ** 2
      texels++
    }
  }
  return { psnr: 10 * Math.log10((255 * 255 * 3 * texels) / squares), texels }
}

const run = (mesh: Mesh, walls: readonly Texture[] | undefined, wallReach = 1) =>
  facade.run(tile, { mesh, facade: walls }, { wallReach }, scratch)

describe("texture.facade", () => {
  const children = [childWalls()]

  it("keeps the façades of blocks whose walls are moved and higher, and hands them on", () => {
    const mesh = wallsMesh(0.6, 1)
    const { oriented, facade: handed, "facade-quality": quality } = run(mesh, children)
    const { psnr, texels } = figuresOf(mesh, oriented!)
    expect(texels).toBeGreaterThan(5000)
    expect(psnr).toBeGreaterThan(30)
    expect(quality["paintedShare"]).toBeGreaterThan(0.8)
    // Nothing of the garbage beyond the walls, and no texel left.
    for (const { data } of oriented!.charts)
      for (let i = 0; i < data.length; i += 4) {
        expect(data[i + 3]).toBe(255)
        if (data[i]! > 235 && data[i + 1]! < 40) throw new Error("a texel beyond the wall was taken")
      }
    expect(handed!.charts.length).toBe(oriented!.charts.length)
    expect(handed!.charts[0]!.texel).toBeCloseTo(4 * TEXEL)
    const [x, y] = handed!.charts[0]!.origin
    expect(x >= scene.box[0] - 1 && x <= scene.box[2] + 1 && y >= scene.box[1] - 1 && y <= scene.box[3] + 1).toBe(true)
    expect(run(mesh, children).oriented).toEqual(oriented)
  })

  it("takes no wall that is farther off than the reach, or looks the other way", () => {
    const mesh = wallsMesh(0.6, 0)
    expect(run(mesh, children, 0.1).oriented).toBeUndefined()
    const inside = { ...mesh, triangles: mesh.triangles.toReversed() }
    const turned = run(inside, children).oriented
    // Walls of a courtyard may stand back to back with others: none here.
    expect(turned).toBeUndefined()
  })

  it("makes nothing without painted children", () => {
    expect(run(wallsMesh(0, 0), undefined).oriented).toBeUndefined()
    expect(run(wallsMesh(0, 0), []).facade).toBeUndefined()
  })
})
