import type { Mesh } from "../../engine/kernel.js"
import { type CanopyField, canopyGrid, placeCanopy } from "../../kernels/handover/canopy/grid.js"
import { canopyMesh } from "../../kernels/handover/canopy/mesh.js"

/** Some whole number below 1000 that a place alone decides. */
const chance = (x: number, y: number): number => {
  const mixed = Math.imul(Math.imul(x, 0x9e3779b1) ^ Math.imul(y, 0x85ebca6b), 0xc2b2ae35)
  return ((mixed ^ (mixed >>> 15)) >>> 0) % 1000
}

/** Rolling ground, mm. */
export const woodGround = (x: number, y: number): number =>
  Math.round(100_000 + 6000 * Math.sin(x / 60_000) + 4000 * Math.cos(y / 45_000))

/**
 * Woods with clearings, rides and single trees, as shares and heights at nodes: an endless scene,
 * mm. `ragged`: no two nodes agree.
 */
export const woodAt = (x: number, y: number, ragged = false): { share: number; height: number } => {
  const wild = chance(x / 2500, y / 2500)
  const wood = Math.sin(x / 31_000) + Math.cos(y / 27_000) + Math.sin((x + y) / 13_000) / 2
  const share = ragged ? wild : Math.max(0, Math.min(1000, Math.round(500 + 450 * wood + wild / 10)))
  return { share, height: 4000 + 8 * share + (wild % 100) * 40 }
}

/** The scene at the nodes of a box, mm. */
export const woodField = (
  box: readonly [number, number, number, number],
  ragged = false,
  spacing = 2500,
): CanopyField => {
  const grid = canopyGrid(box, spacing)
  const count = grid.columns * grid.rows
  const placed = Array.from({ length: count }, (_, i) => {
    const x = (grid.column + (i % grid.columns)) * spacing
    const y = (grid.row + Math.floor(i / grid.columns)) * spacing
    return { ...woodAt(x, y, ragged), ground: woodGround(x, y) }
  })
  return {
    ...grid,
    share: Int32Array.from(placed, ({ share }) => share),
    height: Int32Array.from(placed, ({ height }) => height),
    ground: Int32Array.from(placed, ({ ground }) => ground),
  }
}

/** The canopy of a square tile of the scene; metres. */
export const woodTile = (x: number, y: number, side: number, ragged = false): Mesh => {
  const box = [1000 * x, 1000 * y, 1000 * (x + side), 1000 * (y + side)] as const
  return canopyMesh(placeCanopy(woodField(box, ragged)), [x, y, 0], () => undefined)
}

/**
 * Edges of a mesh without their opposites, as places of the CRS in mm, and how many edges are there
 * twice.
 */
export const looseEdges = ({ positions: p, triangles, origin }: Mesh): { open: string[][]; crowded: number } => {
  const place = (v: number): string => [0, 1, 2].map((axis) => p[3 * v + axis] + 1000 * origin[axis]).join(" ")
  const edges = new Map<string, string[]>()
  let crowded = 0
  for (let e = 0; e < triangles.length; e++) {
    const ends = [place(triangles[e]), place(triangles[e % 3 === 2 ? e - 2 : e + 1])]
    const key = ends.join(" > ")
    if (edges.has(key)) crowded++
    edges.set(key, ends)
  }
  const open = [...edges.values()].filter(([a, b]) => !edges.has(`${b} > ${a}`))
  return { open, crowded }
}

/** Those of them on a line of the CRS, turned round where `turned`, sorted. */
export const openOn = (mesh: Mesh, axis: 0 | 1, at: number, turned = false): string[] =>
  looseEdges(mesh)
    .open.filter((ends) => ends.every((end) => Number(end.split(" ")[axis]) === at))
    .map(([a, b]) => (turned ? `${b} > ${a}` : `${a} > ${b}`))
    .sort()

type Place = readonly [x: number, y: number, z: number]

/** Volume that a closed mesh holds, m³. */
export const volumeOf = ({ positions: p, triangles }: Mesh): number => {
  let volume = 0
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = [0, 1, 2].map((k) => {
      const at = 3 * triangles[t + k]
      return [p[at] / 1000, p[at + 1] / 1000, p[at + 2] / 1000] as const
    }) as unknown as [Place, Place, Place]
    volume +=
      (a[0] * (b[1] * c[2] - b[2] * c[1]) + a[1] * (b[2] * c[0] - b[0] * c[2]) + a[2] * (b[0] * c[1] - b[1] * c[0])) / 6
  }
  return volume
}
