import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { createCanvas } from "@napi-rs/canvas"
import type { Box2 } from "../../engine/core/geometry/box.js"
import { jsonPieces } from "../../engine/core/json/json-pieces.js"
import { encodeTexture } from "../../engine/formats/raster/encode-texture.js"
import type { TextureFormat } from "../../engine/formats/raster/texture-format.js"
import { divideMesh, pickTriangles } from "../../engine/formats/tiles3d/divide-mesh.js"
import { encodeGlb } from "../../engine/formats/tiles3d/glb.js"
import { NO_CHART } from "../../engine/formats/tiles3d/texture-atlas.js"
import { boundingBox, chooseFrame } from "../../engine/formats/tiles3d/tile-frame.js"
import { encodeTileset } from "../../engine/formats/tiles3d/tileset.js"
import { crsByEpsg } from "../../engine/grid/crs.js"
import { openGeoid } from "../../engine/grid/geoid.js"
import { coverArea, TileKey } from "../../engine/grid/tile-key.js"
import type { Mesh } from "../../engine/kernel.js"
import { provenance } from "./content-scene.js"
import { townMesh } from "./content-town.js"

const put = (out: string, path: string, data: Uint8Array | string): void => {
  mkdirSync(dirname(join(out, path)), { recursive: true })
  writeFileSync(join(out, path), data)
}

/**
 * A result of one tile of 100 m with the town, in parts as a run writes them; with an image: green
 * from above. The town covers the tile, or the part that is given.
 */
export const writeTown = async (
  out: string,
  format: TextureFormat | undefined,
  maxTriangles: number,
  covered?: Box2,
): Promise<string> => {
  const crs = crsByEpsg(2154)
  const grid = coverArea(crs.area, 100)
  const key = { level: grid.leafLevel, x: 7705, y: 62775 }
  const box: Box2 = TileKey.box(grid, key)
  const geoid = await openGeoid({ heights: "ellipsoidal", epsg: 2154 })
  const job = {
    epsg: 2154,
    tileSize: 100,
    leafLevel: grid.leafLevel,
    heights: "ellipsoidal",
    source: "Test",
    version: "1",
    ...(format && { textureFormat: format }),
  }
  put(out, "job.json", JSON.stringify(job))
  put(out, "plan.json", [...jsonPieces({ tasks: [{ stage: "tile", key: TileKey.format(key) }] })].join(""))
  const frame = chooseFrame(crs, geoid, box, [30, 45])
  const { mesh, parts } = divideMesh(townMesh(covered ?? box, 9), box, { maxTriangles })
  const canvas = createCanvas(64, 64)
  const pen = canvas.getContext("2d")
  pen.fillStyle = "rgb(40, 160, 40)"
  pen.fillRect(0, 0, 64, 64)
  const data = Uint8Array.from(pen.getImageData(0, 0, 64, 64).data)
  const pixels = { width: 64, height: 64, data, uv: new Float32Array(2) }
  const encoded = format && (await encodeTexture(pixels, format))
  const children = parts.map(({ path, triangles }) => {
    const picked = pickTriangles(mesh, triangles).mesh
    const uv = new Float32Array(2 * picked.triangles.length).fill(0.5)
    const chartOf = Uint32Array.from(triangles, (_, t) => (isSteep(picked, t) ? NO_CHART : 0))
    const texture = encoded && { image: encoded.bytes, mimeType: encoded.mimeType, uv, chartOf }
    const uri = `tiles/${TileKey.format(key)}${path === "" ? "" : `-${path}`}.glb`
    put(out, uri, encodeGlb({ mesh: picked, texture, frame, ...provenance }))
    return { uri, geometricError: 0.1, centre: frame.centre, box: boundingBox(picked, frame), children: [] }
  })
  put(out, "tileset.json", encodeTileset({ geometricError: 0, children }, provenance))
  return out
}

/** True for a wall: an image from above does not show it. */
const isSteep = ({ positions: p, triangles }: Mesh, t: number): boolean => {
  const [a, b, c] = [3 * triangles[3 * t]!, 3 * triangles[3 * t + 1]!, 3 * triangles[3 * t + 2]!]
  return (p[b]! - p[a]!) * (p[c + 1]! - p[a + 1]!) === (p[b + 1]! - p[a + 1]!) * (p[c]! - p[a]!)
}
