/** Draws the rasters of the result in the plane. */
import { fromUrl, type GeoTIFF } from "geotiff"
import { BufferGeometry, Color, Float32BufferAttribute, Mesh, Vector3 } from "three"
import type { Camera } from "../state.js"
import { meshMaterial } from "./mesh-material.js"
import type { BareScene } from "./scene.js"
import { joinedHeights, type Surface, type SurfaceHeights } from "./surface.js"

interface RasterFile {
  readonly path: string
  readonly box: readonly [minX: number, minY: number, maxX: number, maxY: number]
}

/** Maximum samples a side of one file, and maximum files at a time. */
const MOST_SAMPLES = 500
const MOST_FILES = 40

interface DrawnRaster {
  readonly file: RasterFile
  readonly relief: Relief
  readonly mesh: Mesh
  readonly samples: number
  readonly remove: () => void
}

/** The rasters of the result in the plane. */
export type RasterLayer = ReturnType<typeof rasterLayer>

/**
 * The rasters of the result in the plane: one product at a time, as a relief.
 * @param heights products drawn as a relief; others (heights above ground, kinds) are drawn flat,
 *   in colours
 * @param base height at which flat things are drawn
 */
export const rasterLayer = (scene: BareScene, heights: readonly (string | undefined)[], base: number) => {
  let product = ""
  let files: Promise<RasterFile[]> = Promise.resolve([])
  const drawn = new Map<string, DrawnRaster>()
  const clear = (): void => {
    for (const path of [...drawn.keys()]) take(path)
  }
  const take = (path: string): void => {
    const found = drawn.get(path)
    if (found === undefined) return
    found.remove()
    found.mesh.geometry.dispose()
    scene.solid.splice(scene.solid.indexOf(found.mesh), 1)
    drawn.delete(path)
  }
  const draw = async (file: RasterFile, samples: number, wanted: string): Promise<void> => {
    const relief = await readRelief(file, samples, heights.includes(wanted) ? undefined : base)
    if (wanted !== product) return
    take(file.path)
    if (relief === undefined) return
    const mesh = makeMesh(scene, file, relief)
    scene.solid.push(mesh)
    drawn.set(file.path, { file, relief, mesh, samples, remove: scene.add(mesh) })
  }
  /** Lowest and highest value in the picture. */
  const range = (): readonly [number, number] | undefined => {
    const all = [...drawn.values()].map(({ relief }) => relief.range)
    if (all.length === 0) return undefined
    return [Math.min(...all.map(([low]) => low)), Math.max(...all.map(([, high]) => high))]
  }
  /** Shows a product and loads it around the target. Resolves when everything is loaded. */
  const update = async (name: string, camera: Camera): Promise<void> => {
    const before = [...drawn.values()]
    if (name !== product) {
      clear()
      product = name
      files = name === "" ? Promise.resolve([]) : readMosaic(name)
    }
    const near = nearest(await files, camera)
    if (name !== product) return
    for (const path of [...drawn.keys()]) if (!near.some((file) => file.path === path)) take(path)
    for (const file of near) {
      const samples = samplesOf(file, camera)
      if ((drawn.get(file.path)?.samples ?? 0) >= samples) continue
      await draw(file, samples, name)
      if (name !== product) return
    }
    const found = range()
    if (found !== undefined) scene.shared.heights.value.set(...found)
    const after = [...drawn.values()]
    if (after.length !== before.length || after.some((one) => !before.includes(one))) scene.surfaceChanged()
    scene.redraw()
  }
  /** Heights of the relief; flat rasters have none. */
  const surface: Surface = {
    heightsAt: (_x, _y, x, y) => joinedHeights([...drawn.values()].map((one) => reliefAt(one, x, y))),
  }
  return { update, range, surface }
}

/**
 * Height of the cell at a place; undefined outside the file, on a flat raster and without a value.
 */
const reliefAt = ({ file: { box }, relief }: DrawnRaster, x: number, y: number): SurfaceHeights | undefined => {
  const { width, height, values, flatAt } = relief
  const column = Math.floor(((x - box[0]) / (box[2] - box[0])) * width)
  const row = Math.floor(((box[3] - y) / (box[3] - box[1])) * height)
  if (flatAt !== undefined || column < 0 || row < 0 || column >= width || row >= height) return undefined
  const value = values[row * width + column] ?? Number.NaN
  return Number.isNaN(value) ? undefined : { top: value, ground: value, error: (box[2] - box[0]) / width }
}

/**
 * Middle of the height range of the raster file nearest to a place; undefined where there is none.
 */
export const heightAround = async (product: string, camera: Camera): Promise<number | undefined> => {
  const [file] = nearest(await readMosaic(product), camera)
  const relief = file === undefined ? undefined : await readRelief(file, 16, undefined)
  return relief === undefined ? undefined : (relief.range[0] + relief.range[1]) / 2
}

const gap = ({ box }: RasterFile, { x, y }: Camera): number =>
  Math.hypot(Math.max(0, box[0] - x, x - box[2]), Math.max(0, box[1] - y, y - box[3]))

const nearest = (files: readonly RasterFile[], camera: Camera): RasterFile[] =>
  files
    .map((file) => ({ file, away: gap(file, camera) }))
    .filter(({ away }) => away < camera.range * 2)
    .sort((a, b) => a.away - b.away)
    .slice(0, MOST_FILES)
    .map(({ file }) => file)

/** About one sample for two pixels, in powers of two: a small move loads nothing. */
const samplesOf = (file: RasterFile, camera: Camera): number => {
  const side = file.box[2] - file.box[0]
  const wanted = (side / Math.max(camera.range, gap(file, camera))) * 500
  return Math.min(MOST_SAMPLES, 2 ** Math.ceil(Math.log2(Math.max(16, wanted))))
}

/** Files and boxes of a mosaic, from its VRT. */
const readMosaic = async (product: string): Promise<RasterFile[]> => {
  const text = await (await fetch(`out/raster/${product}.vrt`)).text()
  const tree = new DOMParser().parseFromString(text, "application/xml")
  const transform = (tree.querySelector("GeoTransform")?.textContent ?? "").split(",").map(Number)
  const [left = 0, width = 1, , top = 0, , height = -1] = transform
  return [...tree.querySelectorAll("ComplexSource, SimpleSource")].map((source) => {
    const rect = source.querySelector("DstRect")
    const at = (name: string): number => Number(rect?.getAttribute(name))
    const [minX, maxY] = [left + at("xOff") * width, top + at("yOff") * height]
    return {
      path: addressOf(source.querySelector("SourceFilename")?.textContent ?? ""),
      box: [minX, maxY + at("ySize") * height, minX + at("xSize") * width, maxY],
    }
  })
}

/** Address of a file beside the mosaic, or in an archive, which the server presents as a folder. */
const addressOf = (name: string): string =>
  name.startsWith("/vsizip/") ? `out/${name.slice("/vsizip/".length)}` : `out/raster/${name}`

type Relief = NonNullable<Awaited<ReturnType<typeof readRelief>>>

/**
 * Reads a COG at the level with about `samples` samples, by ranged requests. `flatAt`: height at
 * which it is drawn flat.
 */
const readRelief = async (file: RasterFile, samples: number, flatAt: number | undefined) => {
  const tiff: GeoTIFF = await fromUrl(new URL(file.path, document.baseURI).href, { allowFullFile: false })
  let level = 0
  const levels = await tiff.getImageCount()
  while (level + 1 < levels && (await tiff.getImage(level + 1)).getWidth() >= samples) level++
  const image = await tiff.getImage(level)
  const [width, height] = [image.getWidth(), image.getHeight()]
  const data = await image.readRasters({ interleave: true })
  const nothing = image.getGDALNoData() ?? -9999
  const values = Float32Array.from(data as ArrayLike<number>, (value) => (value === nothing ? Number.NaN : value))
  let [low, high] = [Infinity, -Infinity]
  for (const value of values) {
    if (value < low) low = value
    if (value > high) high = value
  }
  return low > high ? undefined : { width, height, values, flatAt, range: [low, high] as const }
}

/** A grid of triangles through the cell centres; none at cells without a value. */
const makeMesh = (scene: BareScene, { box, path }: RasterFile, relief: Relief): Mesh => {
  const { width, height, values, flatAt } = relief
  const origin = new Vector3(box[0], box[1], flatAt ?? relief.range[0])
  const places = new Float32Array(3 * values.length)
  const shown = new Float32Array(values.length)
  for (let i = 0; i < values.length; i++) {
    const [column, row] = [i % width, Math.floor(i / width)]
    // Extend half a cell beyond the border: neighbours then overlap without a gap.
    const reach = (cell: number, count: number): number =>
      cell === 0 ? -0.5 / count : cell === count - 1 ? 1 + 0.5 / count : (cell + 0.5) / count
    const value = values[i] ?? Number.NaN
    places[3 * i] = reach(column, width) * (box[2] - box[0])
    places[3 * i + 1] = (1 - reach(row, height)) * (box[3] - box[1])
    places[3 * i + 2] = flatAt === undefined && !Number.isNaN(value) ? value - origin.z : 0
    shown[i] = value
  }
  const geometry = new BufferGeometry()
  geometry.setAttribute("position", new Float32BufferAttribute(places, 3))
  geometry.setAttribute("value", new Float32BufferAttribute(shown, 1))
  geometry.setIndex(makeTriangles(width, height, values))
  const material = meshMaterial(scene.shared, {
    map: null,
    baseHeight: origin.z,
    localUp: new Vector3(0, 0, 1),
    geometricError: 0,
    tileColour: new Color(),
    levelColour: new Color(),
    curvature: 0,
    fixed: flatAt === undefined ? "relief" : "value",
  })
  const mesh = new Mesh(geometry, material)
  mesh.name = path
  mesh.position.copy(origin)
  return mesh
}

const makeTriangles = (width: number, height: number, values: Float32Array): number[] => {
  const triangles: number[] = []
  const has = (i: number): boolean => !Number.isNaN(values[i] ?? Number.NaN)
  for (let row = 0; row + 1 < height; row++) {
    for (let column = 0; column + 1 < width; column++) {
      const a = row * width + column
      const [b, c, d] = [a + 1, a + width, a + width + 1]
      if (has(a) && has(c) && has(b)) triangles.push(a, c, b)
      if (has(b) && has(c) && has(d)) triangles.push(b, c, d)
    }
  }
  return triangles
}
