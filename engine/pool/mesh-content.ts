import { EngineError } from "../errors.js"
import { encodeImage } from "../formats/raster/encode-image.js"
import { boundingBox, type OrientedBox } from "../formats/tiles3d/bounding-box.js"
import { encodeGlb } from "../formats/tiles3d/glb.js"
import { frameOf, latticePositions } from "../formats/tiles3d/tile-frame.js"
import { TileKey } from "../grid/tile-key.js"
import type { MeshContent } from "../job/journal-record.js"
import { layout } from "../job/layout.js"
import type { Mesh, Texture } from "../kernel.js"
import type { Output } from "./output.js"
import { provenance } from "./provenance.js"
import type { WorkerState } from "./worker-state.js"

// Visually lossless on roofs and roads at 20 cm; a quarter of the bytes of quality 95.
const jpegQuality = 85

/** Writes the glTF content of a tile; gives what the tileset needs of it, nothing where no triangle is larger than the lattice. */
export const meshContent = async (
  state: WorkerState,
  key: TileKey,
  mesh: Mesh,
  texture: Texture | undefined,
  output: Output,
  time: readonly [number, number] | undefined,
): Promise<MeshContent | undefined> => {
  const { context } = state
  const frame = frameOf(state.crs, state.geoid, TileKey.box(context.grid, key), heightRange(mesh))
  const jpeg = { format: "jpeg", quality: jpegQuality } as const
  const image = texture && (await state.clock.during("jpeg", () => encodeImage(texture, jpeg)))
  const facts = provenance(context, `mesh ${TileKey.format(key)}`, time)
  const outer = state.clock.enter("glb")
  let glb: Uint8Array
  let box: OrientedBox
  try {
    const lattice = latticePositions(mesh, frame)
    box = boundingBox(mesh, frame, lattice)
    const content = {
      mesh,
      ...(texture && image ? { texture: { image, mimeType: "image/jpeg", uv: texture.uv } } : {}),
      frame,
      copyright: context.source,
      generator: `maille ${context.version}`,
      extras: { ...facts, key: TileKey.format(key), maxError: mesh.maxError },
    }
    glb = encodeGlb(content, lattice)
  } catch (error) {
    if (error instanceof EngineError && error.code === "E_SKIP") return undefined
    throw error
  } finally {
    state.clock.enter(outer)
  }
  const uri = layout.mesh(key)
  await output.write(uri, glb)
  return { uri, geometricError: mesh.maxError, centre: frame.centre, box }
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
