import { defineKernel, type Image, type Mesh, type Tile } from "../../engine/kernel.js"
import { fillImageHoles } from "../lib/fill-image-holes.js"
import { paintClasses } from "../lib/paint-classes.js"

/** Texels of the finest level that a texture covers beyond its tile. */
const MARGIN = 4
/** Largest hole of the image, square metres, that takes the colours around it: a lost pixel, a mast cut out. */
const HOLE_AREA = 4
/** Texels by which the composed image may pass the extent, being aligned to the CRS grid of its resolution. */
const GRID_GROWTH = 2

/**
 * Drapes the aerial image over a mesh from above: the texture is the image of the tile and of `reach` metres around it, for what stands out of the tile
 * (buildings do), and each vertex has the place of its x and y in it. Holes of the image up to 4 m² take the colours around them; where else it has no pixel, the class colour of the
 * surface shows. Where it covers less than `minCover` of the tile (the image of the neighbour may end a texel beyond the border)
 * there is no texture.
 *
 * Vertices on a common border get the same ground place in both tiles' images, which are composed at one resolution; bilinear
 * filtering at the border finds image beyond it, so that colours agree to the composition's resampling.
 */
export default defineKernel({
  id: "texture.drape",
  version: 2,
  summary: "Aerial image draped over the mesh from above, class colours where there is none",
  scopes: ["tile", "model", "parent"],
  inputs: {
    mesh: { kind: "mesh" },
    ortho: {
      kind: "image",
      resolution: (tile, options) => texelSize(tile, Number(options["texel"]), Number(options["maxTexture"])),
    },
  },
  outputs: { texture: { kind: "texture" }, "texture-quality": { kind: "metrics" } },
  options: {
    texel: {
      type: "number",
      default: 0.2,
      unit: "m",
      min: 0.02,
      max: 10,
      help: "Ground size of a texel on the finest tiles; doubles with each level",
    },
    maxTexture: {
      type: "number",
      default: 4096,
      min: 64,
      max: 16384,
      help: "Largest side of a tile's texture in texels, without what stands out; a larger tile gets larger texels",
    },
    reach: {
      type: "number",
      default: 32,
      unit: "m",
      min: 0,
      max: 500,
      help: "How far beyond the tile buildings and decks that stand out of it get the image; farther out they are plain",
    },
    minCover: {
      type: "number",
      default: 0.02,
      min: 0,
      max: 1,
      help: "Share of a tile that the image must cover, else the tile has no texture",
    },
  },
  halo: (options) => Math.max(MARGIN * options.texel, options.reach),
  // The image, its copy in the output and the float rows of the class painter.
  memory: (counts, options) => {
    const most = options.maxTexture + (2 * options.reach) / options.texel
    const texels = Math.min(counts.areaM2 / (options.texel * options.texel), most * most)
    return 12 * texels + 64 * Math.min(counts.points, 4 * counts.areaM2)
  },
  run(tile, input, options) {
    const { mesh, ortho } = input
    const cell = rowsAndColumnsOf(tile, ortho)
    // An image of no pixels at all is how the engine says that there is none.
    const inCell = (cell.endColumn - cell.column) * (cell.endRow - cell.row)
    const empty = countEmpty(ortho, cell)
    const quality = {
      coveredShare: inCell === 0 ? 0 : 1 - empty / inCell,
      classColourShare: empty === inCell ? 0 : empty / inCell,
      texelM: texelSize(tile, options.texel, options.maxTexture),
      width: ortho.width,
      height: ortho.height,
    }
    if (quality.coveredShare === 0 || quality.coveredShare < options.minCover || mesh.triangles.length === 0)
      return { texture: undefined, "texture-quality": quality }
    const data = Uint8Array.from(ortho.data)
    if (hasEmpty(data)) {
      const pixel = (ortho.box[2] - ortho.box[0]) / ortho.width
      fillImageHoles(data, ortho.width, ortho.height, Math.floor(HOLE_AREA / (pixel * pixel)))
      paintClasses(data, ortho, mesh, cell)
    }
    const texture = { width: ortho.width, height: ortho.height, data, uv: placesOf(mesh, ortho), box: ortho.box }
    return { texture, "texture-quality": quality }
  },
})

/** Metres a texel: the option's, doubled with each level, but no more than `maxTexture` texels a side. */
const texelSize = (tile: Tile, texel: number, maxTexture: number): number => {
  const [minX, , maxX] = tile.cell
  return Math.max(texel * tile.step, (maxX - minX) / (maxTexture - 2 * MARGIN - GRID_GROWTH))
}

/** Columns and rows of the image whose centres lie in the tile's cell, half-open. */
const rowsAndColumnsOf = (tile: Tile, image: Image) => {
  const pixelX = (image.box[2] - image.box[0]) / image.width
  const pixelY = (image.box[3] - image.box[1]) / image.height
  const clamp = (value: number, most: number): number => Math.min(most, Math.max(0, Math.round(value)))
  return {
    column: clamp((tile.cell[0] - image.box[0]) / pixelX, image.width),
    endColumn: clamp((tile.cell[2] - image.box[0]) / pixelX, image.width),
    row: clamp((image.box[3] - tile.cell[3]) / pixelY, image.height),
    endRow: clamp((image.box[3] - tile.cell[1]) / pixelY, image.height),
  }
}

const countEmpty = (image: Image, cell: { column: number; endColumn: number; row: number; endRow: number }): number => {
  let empty = 0
  for (let row = cell.row; row < cell.endRow; row++) {
    for (let column = cell.column; column < cell.endColumn; column++) {
      if (image.data[4 * (row * image.width + column) + 3] === 0) empty++
    }
  }
  return empty
}

const hasEmpty = (data: Uint8Array): boolean => {
  for (let i = 3; i < data.length; i += 4) if (data[i] === 0) return true
  return false
}

/** (u, v) per vertex: 0 to 1 over the image's box, v from the north. */
const placesOf = (mesh: Mesh, image: Image): Float32Array => {
  const [minX, minY, maxX, maxY] = image.box
  const count = mesh.classes.length
  const uv = new Float32Array(2 * count)
  // Differences first: at CRS coordinates a float32 would hold metres only.
  const offsetX = mesh.origin[0] - minX
  const offsetY = maxY - mesh.origin[1]
  for (let v = 0; v < count; v++) {
    uv[2 * v] = (offsetX + mesh.positions[3 * v] / 1000) / (maxX - minX)
    uv[2 * v + 1] = (offsetY - mesh.positions[3 * v + 1] / 1000) / (maxY - minY)
  }
  return uv
}
