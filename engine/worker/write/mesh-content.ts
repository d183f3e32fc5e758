/** Writes the mesh of a tile as glTF, in several parts where it is too large for one. */
import { Box2 } from "../../core/geometry/box.js"
import { EngineError } from "../../errors.js"
import { encodeTexture } from "../../formats/raster/encode-texture.js"
import { cutMesh, withAdded } from "../../formats/tiles3d/cut-mesh.js"
import { plainGlb } from "../../formats/tiles3d/decode-glb.js"
import { divideMesh, type MeshPart, pickTriangles, pickValues } from "../../formats/tiles3d/divide-mesh.js"
import type { GlbInput } from "../../formats/tiles3d/glb.js"
import { encodeGlb } from "../../formats/tiles3d/glb.js"
import { type AtlasMemory, atlasMemory, NO_CHART, packAtlas } from "../../formats/tiles3d/texture-atlas.js"
import { boundingBox, chooseFrame, latticePositions } from "../../formats/tiles3d/tile-frame.js"
import { TileKey } from "../../grid/tile-key.js"
import { layout } from "../../job/layout.js"
import type { MeshContent } from "../../journal/journal-record.js"
import type { Mesh, Texture } from "../../kernel.js"
import type { WorkerState } from "../worker-state.js"
import { type Output, provenance } from "./output.js"

/**
 * Maximum texels of the image from above in one content: 250 m at 20 cm with its margin. As JPEG
 * this is half a megabyte (aerial images took 0.32 bytes per texel).
 */
const maxTexels = 1280 ** 2

/**
 * Parts of each child tile that has several, by the child's key. They limit how far a parent is
 * divided (see {@link mayDivide}).
 */
type ChildParts = Readonly<Record<string, readonly string[]>>

interface MeshFacts {
  /** First and last GPS time. */
  readonly time: readonly [number, number] | undefined
  /** For a parent: which of its children are divided. */
  readonly children?: ChildParts | undefined
}

/**
 * Writes the glTF content of a tile, or one for each of its parts where it is too large. Returns
 * what the tileset needs of them; undefined where no triangle is larger than the lattice.
 */
export const meshContent = async (
  state: WorkerState,
  key: TileKey,
  { mesh, texture }: { readonly mesh: Mesh; readonly texture: Texture | undefined },
  output: Output,
  { time, children = {} }: MeshFacts,
): Promise<readonly MeshContent[] | undefined> => {
  const { context, clock } = state
  const cell = TileKey.box(context.grid, key)
  const frame = chooseFrame(state.crs, state.geoid, cell, heightRange(mesh))
  const outer = clock.enter("glb")
  const shown = texture && shownTexture(mesh, texture, cell)
  const limits = {
    maxTriangles: context.maxTriangles,
    maxTexels,
    ...(shown === undefined ? {} : { texels: shown.texels }),
    ...(key.level === context.grid.leafLevel ? {} : { mayDivide: mayDivide(key, children) }),
  }
  const divided = divideMesh(shown?.mesh ?? mesh, cell, limits)
  const lattice = latticePositions(divided.mesh, frame)
  clock.enter(outer)
  const facts = {
    frame,
    copyright: context.source,
    generator: `maille ${context.version}`,
    extras: {
      ...provenance(
        context,
        key.level === context.grid.leafLevel ? "mesh" : "parent mesh",
        `mesh ${TileKey.format(key)}`,
        time,
      ),
      key: TileKey.format(key),
      maxError: mesh.maxError,
    },
  }
  const paint = shown && {
    charts: shown.charts,
    memory: atlasMemory(),
    chartOf: valuesAt(shown.chartOf, divided.sources),
    colours: valuesAt(shown.colours, divided.sources),
    infraredColours: shown.infraredColours && valuesAt(shown.infraredColours, divided.sources),
  }
  const contents: MeshContent[] = []
  for (const part of divided.parts) {
    // Only the first content lists the tile's decks.
    const decks = contents.length > 0 || mesh.decks === undefined ? {} : { decks: outlinesOf(mesh, cell) }
    const content = await encodePart(state, divided.mesh, lattice, part, paint, {
      ...facts,
      extras: { ...facts.extras, ...decks },
    })
    if (content === undefined) continue
    const uri = layout.mesh(key, part.path)
    await output.write(uri, content.glb)
    contents.push({ uri, part: part.path, geometricError: mesh.maxError, centre: frame.centre, box: content.box })
  }
  return contents.length === 0 ? undefined : contents
}

/**
 * Quadrants of a parent are its children's cells. It may be divided into them, and further where
 * the child is divided there too: whole parts of a child then replace a part of the parent. A
 * simplified mesh has no more triangles in a cell than the finer one, so the limit applies there
 * too.
 */
const mayDivide =
  (key: TileKey, children: ChildParts) =>
  (path: string): boolean => {
    if (path === "") return true
    const quadrant = Number(path[0])
    const child = { level: key.level + 1, x: 2 * key.x + (quadrant % 2), y: 2 * key.y + (quadrant >> 1) }
    const within = path.slice(1)
    return (children[TileKey.format(child)] ?? []).some(
      (part) => part.length > within.length && part.startsWith(within),
    )
  }

/** The chart of each triangle of a mesh, else its colour. */
interface Paint {
  readonly charts: Texture["charts"]
  readonly chartOf: Uint32Array
  readonly colours: Uint32Array
  readonly infraredColours?: Uint32Array | undefined
}

/** The paint of a tile whose contents are made one after another. */
interface PartPaint extends Paint {
  readonly memory: AtlasMemory
}

/**
 * Cuts the mesh one texel inside the edge of the images from above; beyond it, triangles have plain
 * colours.
 */
const shownTexture = (
  whole: Mesh,
  { charts, colours, infraredColours, box = [-Infinity, -Infinity, Infinity, Infinity] }: Texture,
  cell: Box2,
): Paint & { readonly mesh: Mesh; readonly texels: number } => {
  const texel = charts[0]?.texel ?? 1
  const inner = Box2.grow(box, -texel)
  let mesh = whole
  let sources: Uint32Array = Uint32Array.from({ length: whole.triangles.length / 3 }, (_, t) => t)
  for (const [side, at] of inner.entries()) {
    if (!Number.isFinite(at)) continue
    const cut = cutMesh(mesh, { axis: side % 2 === 0 ? 0 : 1, at, between: [-Infinity, Infinity] })
    mesh = cut.mesh
    sources = withAdded(sources, cut.added)
  }
  const numbers = new Uint32Array(colours.length).fill(NO_CHART)
  for (const [number, { faces }] of charts.entries()) for (const t of faces) numbers[t] = number
  const { positions: p, triangles, origin } = mesh
  const shown = Box2.grow(box, -texel / 2).map((at, side) => (at - origin[side % 2]!) * 1000)
  const [minX, minY, maxX, maxY] = shown as unknown as Box2
  const chartOf = sources.map((source, t) => {
    for (let k = 0; k < 3; k++) {
      const at = 3 * triangles[3 * t + k]!
      if (p[at]! < minX || p[at]! > maxX || p[at + 1]! < minY || p[at + 1]! > maxY) return NO_CHART
    }
    return numbers[source]!
  })
  const texels = ((cell[2] - cell[0]) * (cell[3] - cell[1])) / texel ** 2
  const second = infraredColours && valuesAt(infraredColours, sources)
  return { mesh, charts, chartOf, colours: valuesAt(colours, sources), infraredColours: second, texels }
}

const valuesAt = (values: Uint32Array, places: Uint32Array): Uint32Array => places.map((at) => values[at]!)

const encodePart = async (
  state: WorkerState,
  mesh: Mesh,
  lattice: Int32Array,
  { path, triangles }: MeshPart,
  whole: PartPaint | undefined,
  facts: Omit<GlbInput, "mesh" | "texture">,
): Promise<{ glb: Uint8Array; box: MeshContent["box"] } | undefined> => {
  const { clock } = state
  const outer = clock.enter("glb")
  try {
    const picked = path === "" ? undefined : pickTriangles(mesh, triangles)
    const own = picked === undefined ? lattice : pickValues(lattice, picked.vertices, 3)
    const shown = picked?.mesh ?? mesh
    const texture = whole && (await encodeAtlas(state, shown, whole, triangles))
    const content = { ...facts, mesh: shown, ...(texture === undefined ? {} : { texture }) }
    const glb = encodeGlb(content, own)
    const isPlain = state.context.meshCompression === "none"
    return { glb: isPlain ? await plainGlb(glb) : glb, box: boundingBox(content.mesh, facts.frame, own) }
  } catch (error) {
    if (error instanceof EngineError && error.code === "E_SKIP") return undefined
    throw error
  } finally {
    clock.enter(outer)
  }
}

/** The texture of a part; undefined where no image paints any of it and the whole is plain. */
const encodeAtlas = async (
  { clock, context }: WorkerState,
  mesh: Mesh,
  { charts, chartOf, colours, infraredColours, memory }: PartPaint,
  triangles: Uint32Array,
): Promise<GlbInput["texture"]> => {
  const own = triangles.map((t) => chartOf[t]!)
  const atlas = clock.during("atlas", () => packAtlas(mesh, charts, own, memory))
  if (atlas === undefined) return undefined
  const encode = (data: Uint8Array, format = context.textureFormat): ReturnType<typeof encodeTexture> =>
    clock.during("image-encode", () => encodeTexture({ ...atlas, data }, format))
  const { bytes, mimeType } = await encode(atlas.data)
  const ofPart = (values: Uint32Array): Uint32Array => triangles.map((t) => values[t]!)
  const infrared =
    atlas.infrared === undefined || infraredColours === undefined
      ? {}
      : { infrared: { image: (await encode(atlas.infrared, "jpeg")).bytes, colours: ofPart(infraredColours) } }
  return { image: bytes, mimeType, uv: atlas.uv, chartOf: own, colours: ofPart(colours), ...infrared }
}

/** Rings of decks, whole millimetres from the south-west corner of the tile's cell. */
const outlinesOf = ({ origin, decks = [] }: Mesh, cell: Box2): readonly (readonly (readonly number[])[])[] => {
  const shift = [0, 1].map((axis) => Math.round(1000 * (origin[axis]! - cell[axis]!)))
  return decks.map((rings) => rings.map((ring) => Array.from(ring, (value, i) => value + shift[i % 2]!)))
}

const heightRange = ({ positions, origin }: Mesh): [number, number] => {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (let i = 2; i < positions.length; i += 3) {
    const z = positions[i] as number
    if (z < low) low = z
    if (z > high) high = z
  }
  return [origin[2] + low / 1000, origin[2] + high / 1000]
}
