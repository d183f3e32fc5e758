import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { createCanvas, loadImage } from "@napi-rs/canvas"
import { decodeGlb } from "../../../engine/formats/tiles3d/decode-glb.js"
import { crsByEpsg } from "../../../engine/grid/crs.js"
import { openGeoid } from "../../../engine/grid/geoid.js"
import type { Scene } from "../../../fixtures/sample/scene.js"
import { listWalls, wallColour } from "../../../fixtures/sample/wall-pattern.js"
import { alongWall, topOf } from "../../scenes/texture-scene.js"

/** How walls of written contents stand to those of the scene. */
export interface FacadeFigures {
  /**
   * Places, one in a quarter of a square metre, of steep faces that lie within a metre of a wall of
   * the scene, half a metre within its edges.
   */
  readonly places: number
  /** Share of them that an image paints. */
  readonly painted: number
  /** Decibels of those, against the truth over the texel. */
  readonly psnr: number
}

const TRUTHS = 4
const EDGE = 0.5

/** Looks at the walls of the contents of one level. `texel`: side of its texels, metres. */
export const facadeFigures = async (
  out: string,
  level: string,
  scene: Scene,
  texel: number,
): Promise<FacadeFigures> => {
  const crs = crsByEpsg(scene.epsg)
  const geoid = await openGeoid({ heights: "orthometric", epsg: scene.epsg })
  const walls = listWalls(scene.buildings)
  let [places, painted, squares] = [0, 0, 0]
  const names = await readdir(join(out, "tiles", level), { recursive: true })
  for (const name of names.filter((one) => one.endsWith(".glb"))) {
    const { positions: p, triangles, texture } = await decodeGlb(await readFile(join(out, "tiles", level, name)), name)
    if (texture === undefined) continue
    const picture = await loadImage(texture.image)
    const pen = createCanvas(picture.width, picture.height).getContext("2d")
    pen.drawImage(picture, 0, 0)
    const { data } = pen.getImageData(0, 0, picture.width, picture.height)
    const placed = Float64Array.from(p)
    for (let v = 0; v < p.length; v += 3) {
      const [x, y, h] = crs.fromGeocentric(p[v]!, p[v + 1]!, p[v + 2]!)
      placed.set([x, y, h - geoid.undulation(...crs.toGeographic(x, y))], v)
    }
    for (let t = 0; t < triangles.length / 3; t++) {
      const corners = [0, 1, 2].map((k) => triangles[3 * t + k]!) as [number, number, number]
      const at = (k: 0 | 1 | 2, axis: number): number => placed[3 * corners[k] + axis]!
      const edge = (k: 1 | 2): number[] => [0, 1, 2].map((axis) => at(k, axis) - at(0, axis))
      const [u, v] = [edge(1), edge(2)] as [number[], number[]]
      const normal = [
        u[1]! * v[2]! - u[2]! * v[1]!,
        u[2]! * v[0]! - u[0]! * v[2]!,
        u[0]! * v[1]! - u[1]! * v[0]!,
      ] as const
      const length = Math.hypot(...normal)
      if (length < 1e-6 || Math.abs(normal[2]) > 0.2 * length) continue
      const steps = Math.max(1, Math.ceil(2 * Math.sqrt(length)))
      for (let i = 0; i < steps; i++) {
        for (let j = 0; i + j < steps; j++) {
          const [b, c] = [(i + 1 / 3) / steps, (j + 1 / 3) / steps]
          const mix = (values: readonly number[]): number => values[0]! * (1 - b - c) + values[1]! * b + values[2]! * c
          const [x, y, z] = [0, 1, 2].map((axis) => mix([at(0, axis), at(1, axis), at(2, axis)])) as [
            number,
            number,
            number,
          ]
          const found = walls.flatMap((wall) => {
            const [dx, dy] = [(wall.b[0] - wall.a[0]) / wall.length, (wall.b[1] - wall.a[1]) / wall.length]
            const along = (x - wall.a[0]) * dx + (y - wall.a[1]) * dy
            const off = (x - wall.a[0]) * dy - (y - wall.a[1]) * dx
            const isAlike = (normal[0] * dy - normal[1] * dx) / length > 0.9
            if (!isAlike || Math.abs(off) > 1 || along < EDGE || along > wall.length - EDGE) return []
            const isHigh = z > scene.ground(...alongWall(wall, along)) + EDGE
            return isHigh && z < topOf(scene.buildings[wall.building]!, wall, along) - EDGE ? [{ wall, along }] : []
          })
          const [one] = found
          if (one === undefined) continue
          places++
          if (t >= texture.triangles) continue
          painted++
          const uv = (axis: number): number => mix(corners.map((corner) => texture.uv[2 * corner + axis]!))
          const colour = bilinear(data, picture.width, picture.height, uv(0) * picture.width, uv(1) * picture.height)
          for (let band = 0; band < 3; band++) {
            let truth = 0
            for (let k = 0; k < TRUTHS ** 2; k++) {
              const shift = (n: number): number => ((n + 0.5) / TRUTHS - 0.5) * texel
              const place = [one.along + shift(k % TRUTHS), z + shift(Math.floor(k / TRUTHS))] as const
              truth += wallColour(one.wall, ...place)[band]! / TRUTHS ** 2
            }
            squares += (colour[band]! - truth) ** 2
          }
        }
      }
    }
  }
  return { places, painted: painted / places, psnr: 10 * Math.log10((255 * 255 * 3 * painted) / squares) }
}

/** The colour between the middles of texels, as viewers sample. */
const bilinear = (data: Uint8ClampedArray, width: number, height: number, x: number, y: number): number[] => {
  const [left, top] = [Math.floor(x - 0.5), Math.floor(y - 0.5)]
  const [right, down] = [x - 0.5 - left, y - 0.5 - top]
  const at = (column: number, row: number): number =>
    4 * (Math.min(height - 1, Math.max(0, row)) * width + Math.min(width - 1, Math.max(0, column)))
  return [0, 1, 2].map(
    (band) =>
      (data[at(left, top) + band]! * (1 - right) + data[at(left + 1, top) + band]! * right) * (1 - down) +
      (data[at(left, top + 1) + band]! * (1 - right) + data[at(left + 1, top + 1) + band]! * right) * down,
  )
}
