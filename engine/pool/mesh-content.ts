import { Box2 } from "../core/box.js"
import { EngineError } from "../errors.js"
import { encodeTexture } from "../formats/raster/encode-texture.js"
import { boundingBox } from "../formats/tiles3d/bounding-box.js"
import { cutMesh } from "../formats/tiles3d/cut-mesh.js"
import { divideMesh, type MeshPart } from "../formats/tiles3d/divide-mesh.js"
import { encodeGlb, type GlbInput } from "../formats/tiles3d/glb.js"
import { cropTexture, pickTriangles, pickValues } from "../formats/tiles3d/mesh-part.js"
import { frameOf, latticePositions } from "../formats/tiles3d/tile-frame.js"
import { TileKey } from "../grid/tile-key.js"
import type { MeshContent } from "../job/journal-record.js"
import { layout } from "../job/layout.js"
import type { Mesh, Texture } from "../kernel.js"
import type { Output } from "./output.js"
import { provenance } from "./provenance.js"
import type { WorkerState } from "./worker-state.js"

/** Most texels of a content: 250 m at 20 cm with its margin; as JPEG half a megabyte (aerial images took 0.32 bytes a texel). */
const maxTexels = 1264 ** 2

/** Parts of each child tile that has several, by the child's key: a parent is divided no further than they allow (see {@link mayDivide}). */
export type ChildParts = Readonly<Record<string, readonly string[]>>

/**
 * Writes the glTF content of a tile, or one of each of its parts where it is too large; gives what the tileset needs of them, nothing where no
 * triangle is larger than the lattice.
 *
 * @param children of a parent: which of its children are divided
 */
export const meshContent = async (
  state: WorkerState,
  key: TileKey,
  mesh: Mesh,
  texture: Texture | undefined,
  output: Output,
  time: readonly [number, number] | undefined,
  children: ChildParts = {},
): Promise<readonly MeshContent[] | undefined> => {
  const { context, clock } = state
  const cell = TileKey.box(context.grid, key)
  const frame = frameOf(state.crs, state.geoid, cell, heightRange(mesh))
  const outer = clock.enter("glb")
  const framed = texture && mesh.owners ? cutAtImage(mesh, texture, cell) : { mesh, texture }
  const shown = framed.texture && cropTexture(framed.texture, framed.texture.uv)
  const limits = {
    maxTriangles: context.maxTriangles,
    maxTexels,
    ...(shown === undefined ? {} : { texels: shown.width * shown.height }),
    ...(key.level === context.grid.leafLevel ? {} : { mayDivide: mayDivide(key, children) }),
  }
  const divided = divideMesh(framed.mesh, shown?.uv, cell, limits)
  const lattice = latticePositions(divided.mesh, frame)
  clock.enter(outer)
  const facts = {
    frame,
    copyright: context.source,
    generator: `maille ${context.version}`,
    extras: {
      ...provenance(context, `mesh ${TileKey.format(key)}`, time),
      key: TileKey.format(key),
      maxError: mesh.maxError,
    },
  }
  const image = shown && { ...shown, uv: divided.uv ?? shown.uv }
  const contents: MeshContent[] = []
  for (const part of divided.parts) {
    const content = await encodePart(state, divided.mesh, lattice, part, image, facts)
    if (content === undefined) continue
    const uri = layout.mesh(key, part.path)
    await output.write(uri, content.glb)
    contents.push({ uri, part: part.path, geometricError: mesh.maxError, centre: frame.centre, box: content.box })
  }
  return contents.length === 0 ? undefined : contents
}

/**
 * Quadrants of a parent are its children's cells: it may be divided into them, and further where the child is divided there too. So what takes the
 * place of a part are whole parts of a child. (A simplified mesh has no more triangles in a cell than the finer one: the limit holds there too.)
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

/** Cuts what stands out of the image, a texel within its edge: so the part inside has the image, the part outside plain colours. */
const cutAtImage = (whole: Mesh, texture: Texture, cell: Box2): { mesh: Mesh; texture: Texture } => {
  const { box = cell, width } = texture
  let mesh = whole
  let uv = texture.uv
  for (const [side, at] of Box2.grow(box, -(box[2] - box[0]) / width).entries()) {
    const cut = cutMesh(mesh, uv, { axis: side % 2 === 0 ? 0 : 1, at, between: [-Infinity, Infinity] })
    mesh = cut.mesh
    uv = cut.uv ?? uv
  }
  return { mesh, texture: { ...texture, uv } }
}

const encodePart = async (
  { clock, context }: WorkerState,
  mesh: Mesh,
  lattice: Int32Array,
  { path, triangles }: MeshPart,
  whole: Texture | undefined,
  facts: Omit<GlbInput, "mesh" | "texture">,
): Promise<{ glb: Uint8Array; box: MeshContent["box"] } | undefined> => {
  const outer = clock.enter("glb")
  try {
    const picked = path === "" ? undefined : pickTriangles(mesh, triangles)
    const own = picked === undefined ? lattice : pickValues(lattice, picked.vertices, 3)
    const texture = whole && (picked ? cropTexture(whole, pickValues(whole.uv, picked.vertices, 2)) : whole)
    const encoded = texture && (await clock.during("image-encode", () => encodeTexture(texture, context.textureFormat)))
    const content = {
      ...facts,
      mesh: picked?.mesh ?? mesh,
      ...(encoded ? { texture: encoded } : {}),
    }
    return { glb: encodeGlb(content, own), box: boundingBox(content.mesh, facts.frame, own) }
  } catch (error) {
    if (error instanceof EngineError && error.code === "E_SKIP") return undefined
    throw error
  } finally {
    clock.enter(outer)
  }
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
