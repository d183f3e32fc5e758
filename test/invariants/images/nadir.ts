import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { createCanvas, loadImage } from "@napi-rs/canvas"
import type { Box2 } from "../../../engine/core/geometry/box.js"
import { decodeGlb } from "../../../engine/formats/tiles3d/decode-glb.js"
import { crsByEpsg } from "../../../engine/grid/crs.js"
import type { Image } from "../../../engine/kernel.js"
import { fillTriangles } from "../../../engine/preview/fill-triangles.js"

/** How the contents, seen from straight above, stand to the orthophoto. */
export interface NadirFigures {
  /** Texels of the orthophoto that a textured face covers. */
  readonly texels: number
  /** Decibels, of the three bands together. */
  readonly psnr: number
  /**
   * Mean shift of the image, texels: the one that explains most of the difference by the image's
   * own slopes.
   */
  readonly shift: readonly [x: number, y: number]
}

/**
 * Draws the finest contents of an output folder from above, as they are written, at the middles of
 * the orthophoto's texels; by their infrared image where `which` says so.
 */
export const nadirFigures = async (
  out: string,
  ortho: Image,
  epsg = 2154,
  which: "image" | "infrared" = "image",
): Promise<NadirFigures> => {
  const names = (await readdir(join(out, "tiles"), { recursive: true })).filter((name) => name.endsWith(".glb"))
  const finest = Math.max(...names.map((name) => Number(name.split("/")[0])))
  const texel = (ortho.box[2] - ortho.box[0]) / ortho.width
  let [squares, bands, texels] = [0, 0, 0]
  const slopes = [0, 0, 0, 0, 0]
  for (const name of names.filter((one) => Number(one.split("/")[0]) === finest)) {
    const decoded = await decodeGlb(await readFile(join(out, "tiles", name)), name)
    if (decoded.texture === undefined) continue
    const drawn = await draw(decoded, ortho.box, texel, ortho, epsg, which)
    for (let row = 1; row < ortho.height - 1; row++) {
      for (let column = 1; column < ortho.width - 1; column++) {
        const at = 4 * (row * ortho.width + column)
        if (drawn[at + 3] === 0 || ortho.data[at + 3] === 0) continue
        texels++
        for (let k = 0; k < 3; k++) {
          const error = drawn[at + k]! - ortho.data[at + k]!
          const gx = (ortho.data[at + 4 + k]! - ortho.data[at - 4 + k]!) / 2
          const gy = (ortho.data[at + 4 * ortho.width + k]! - ortho.data[at - 4 * ortho.width + k]!) / 2
          squares += error * error
          bands++
          for (const [i, value] of [gx * gx, gx * gy, gy * gy, gx * error, gy * error].entries()) slopes[i]! += value
        }
      }
    }
  }
  const [xx, xy, yy, xe, ye] = slopes as [number, number, number, number, number]
  const area = xx * yy - xy * xy
  return {
    texels,
    psnr: 10 * Math.log10((255 * 255 * bands) / squares),
    shift: [(xe * yy - ye * xy) / area, (ye * xx - xe * xy) / area],
  }
}

/** Textured faces alone show; plain ones hide what is below them, and are left out. */
const draw = async (
  { positions, triangles, texture }: Awaited<ReturnType<typeof decodeGlb>>,
  box: Box2,
  texel: number,
  { width, height }: Image,
  epsg: number,
  which: "image" | "infrared",
): Promise<Uint8ClampedArray> => {
  const crs = crsByEpsg(epsg)
  const count = positions.length / 3
  const flat = { x: new Float64Array(count), y: new Float64Array(count), z: new Float64Array(count) }
  for (let v = 0; v < count; v++) {
    const [x, y, h] = crs.fromGeocentric(positions[3 * v]!, positions[3 * v + 1]!, positions[3 * v + 2]!)
    flat.x[v] = (x - box[0]) / texel
    flat.y[v] = (box[3] - y) / texel
    flat.z[v] = h / texel
  }
  const picture = await loadImage(texture![which]!)
  const pen = createCanvas(picture.width, picture.height).getContext("2d")
  pen.drawImage(picture, 0, 0)
  const image = pen.getImageData(0, 0, picture.width, picture.height)
  const painted = triangles.subarray(0, 3 * texture!.triangles)
  const shown = fillTriangles(
    { ...flat, triangles: painted },
    { kind: "texture", uv: texture!.uv, image },
    width,
    height,
  )
  // Of all faces, those in plain colours marked by one colour.
  const all = { ...flat, triangles }
  const plain = new Uint8Array(count)
  for (const v of triangles.subarray(painted.length)) plain[v] = 1
  const marks = fillTriangles(
    all,
    { kind: "class", classes: plain, colour: (code) => (code === 1 ? [0, 0, 0] : [255, 255, 255]) },
    width,
    height,
  )
  for (let i = 0; i < marks.data.length; i += 4) if (marks.data[i] === 0) shown.data[i + 3] = 0
  return shown.data
}
