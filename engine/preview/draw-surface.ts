/** Draws the tiles' meshes on a map, seen from above, at the level that fits its scale. */
import { classColour } from "../core/colours.js"
import { Box2 } from "../core/geometry/box.js"
import { EngineError } from "../errors.js"
import { decodePixels, type Pixels, type Sheet } from "../formats/raster/sheet.js"
import { type DecodedGlb, decodeGlb } from "../formats/tiles3d/decode-glb.js"
import type { Crs } from "../grid/crs.js"
import { TileKey } from "../grid/tile-key.js"
import { readStored } from "../io/archive/stored-file.js"
import { openBytes } from "../io/bytes.js"
import { type FlatMesh, fillTriangles, halvePixels, type Paint } from "./fill-triangles.js"
import type { PlacedFile } from "./height-grid.js"
import type { MapLayout } from "./map-layout.js"

/** A content of the tileset: a tile, or a part of one. */
export interface SurfaceFile extends PlacedFile {
  readonly key: TileKey
}

/**
 * Pixels: for a tile narrower than this without a texture, finer levels are not searched for one.
 */
const LEAST_SIDE = 256
/** Pixels: a tile wider than this has its classes drawn from the next finer level. */
const CLASS_SIDE = 512

/**
 * Draws the tiles' contents as seen from straight above: their textures, or their classes in
 * colours. Returns the number of tiles drawn.
 *
 * Each place uses the coarsest level whose texels are no larger than a pixel: the number of files
 * read depends on the picture's size. Memory: a content and its window.
 */
export const drawSurface = async (
  sheet: Sheet,
  layout: MapLayout,
  files: readonly SurfaceFile[],
  crs: Crs,
  what: "texture" | "class",
): Promise<number> => {
  const { children, roots: waiting } = groupByParent(files)
  let drawn = 0
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (!Box2.overlaps(file.box, layout.box)) continue
    const finer = children.get(file) ?? []
    const side = (file.box[2] - file.box[0]) / layout.metresPerPixel
    const tooCoarse = what === "class" && side > CLASS_SIDE
    if (tooCoarse && finer.length > 0) {
      waiting.push(...finer)
      continue
    }
    const decoded = await decodeGlb(await readStored(file.path), file.path)
    const image = what === "texture" && decoded.texture ? await decodeTexture(decoded.texture, file.path) : undefined
    const texels = image === undefined ? 0 : Math.max(image.width, image.height)
    const look = what === "texture" && (image === undefined ? side > LEAST_SIDE : texels < side)
    if (look && finer.length > 0) waiting.push(...finer)
    else if (what === "class" || image !== undefined) {
      drawContent(sheet, layout, file, crs, decoded, image)
      drawn++
    }
  }
  return drawn
}

/**
 * Pixels of a content's texture. Throws for formats that only graphics cards decode: otherwise the
 * map would show other levels, or nothing.
 */
const decodeTexture = async (
  texture: { readonly image: Uint8Array; readonly mimeType: string },
  file: string,
): Promise<Pixels> => {
  if (texture.mimeType !== "image/ktx2") return decodePixels(texture.image, file)
  throw new EngineError(
    "E_FORMAT",
    `${file}: a KTX2 texture cannot be drawn as a map. Use maille view, or --layer relief.`,
    { file },
  )
}

/**
 * Children of each content: those of the level below whose centre is inside it; and the contents
 * that refine none.
 */
const groupByParent = (
  files: readonly SurfaceFile[],
): { readonly children: ReadonlyMap<SurfaceFile, readonly SurfaceFile[]>; readonly roots: SurfaceFile[] } => {
  const parts = new Map<string, SurfaceFile[]>()
  for (const file of files) {
    const key = TileKey.format(file.key)
    parts.set(key, [...(parts.get(key) ?? []), file])
  }
  const children = new Map<SurfaceFile, SurfaceFile[]>()
  const roots: SurfaceFile[] = []
  for (const file of files) {
    const [x, y] = [(file.box[0] + file.box[2]) / 2, (file.box[1] + file.box[3]) / 2]
    const above = file.key.level === 0 ? [] : (parts.get(TileKey.format(TileKey.parent(file.key))) ?? [])
    const parent = above.find(({ box }) => x >= box[0] && x < box[2] && y >= box[1] && y < box[3])
    if (parent === undefined) roots.push(file)
    else children.set(parent, [...(children.get(parent) ?? []), file])
  }
  return { children, roots }
}

const drawContent = (
  sheet: Sheet,
  layout: MapLayout,
  file: SurfaceFile,
  crs: Crs,
  decoded: DecodedGlb,
  image: Pixels | undefined,
): void => {
  const { metresPerPixel, map } = layout
  const texture = image === undefined ? undefined : decoded.texture
  const triangles = texture === undefined ? decoded.triangles : decoded.triangles.subarray(0, 3 * texture.triangles)
  const mesh = flatten(decoded, triangles, crs, layout)
  // The extent of the mesh, since buildings may extend beyond the cell. One more pixel on each
  // side, because borders of tiles fall between centres of pixels.
  const [west, east] = measureRange(mesh.x)
  const [north, south] = measureRange(mesh.y)
  const left = Math.max(0, Math.floor(west) - 1)
  const top = Math.max(0, Math.floor(north) - 1)
  const right = Math.min(map.width, Math.ceil(east) + 1)
  const bottom = Math.min(map.height, Math.ceil(south) + 1)
  if (right <= left || bottom <= top) return
  for (let v = 0; v < mesh.x.length; v++) {
    mesh.x[v]! -= left
    mesh.y[v]! -= top
  }
  const paint: Paint =
    image === undefined || texture === undefined
      ? { kind: "class", classes: decoded.classes, colour: classColour }
      : { kind: "texture", uv: texture.uv, image: reduced(image, file.box, metresPerPixel) }
  sheet.blend(fillTriangles(mesh, paint, right - left, bottom - top), map.left + left, map.top + top)
}

const measureRange = (values: Float64Array): readonly [low: number, high: number] => {
  let [low, high] = [Infinity, -Infinity]
  for (const value of values) {
    if (value < low) low = value
    if (value > high) high = value
  }
  return [low, high]
}

/** Halves the image until its texels exceed half a pixel: bilinear samples then miss none. */
const reduced = (image: Pixels, box: Box2, metresPerPixel: number): Pixels => {
  let out = image
  while (
    Math.max(out.width, out.height) >= (2 * (box[2] - box[0])) / metresPerPixel &&
    Math.min(out.width, out.height) > 1
  )
    out = halvePixels(out)
  return out
}

/** Positions on the map, in pixels; y down. */
const flatten = (
  { positions }: DecodedGlb,
  triangles: Uint32Array,
  crs: Crs,
  { box: [west, , , north], metresPerPixel }: MapLayout,
): FlatMesh & { readonly x: Float64Array; readonly y: Float64Array } => {
  const count = positions.length / 3
  const mesh = { x: new Float64Array(count), y: new Float64Array(count), z: new Float64Array(count), triangles }
  for (let v = 0; v < count; v++) {
    const [x, y, h] = crs.fromGeocentric(positions[3 * v]!, positions[3 * v + 1]!, positions[3 * v + 2]!)
    mesh.x[v] = (x - west) / metresPerPixel
    mesh.y[v] = (north - y) / metresPerPixel
    mesh.z[v] = h / metresPerPixel
  }
  return mesh
}

/** Counts the contents that have a texture, by their JSON part. */
export const countTextured = async (files: readonly SurfaceFile[]): Promise<number> => {
  let count = 0
  for (const { path } of files) {
    const file = await openBytes(path)
    try {
      const head = Buffer.from(await file.read(0, 20))
      // Decoding the content detects a false length.
      const json = Buffer.from(await file.read(20, Math.min(20 + Math.min(head.readUInt32LE(12), 1 << 20), file.size)))
      if (json.includes('"images"')) count++
    } finally {
      await file.close()
    }
  }
  return count
}
