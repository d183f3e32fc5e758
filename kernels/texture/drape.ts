/**
 * Kernel `texture.drape`: the aerial image on faces seen from above, colours of the same object
 * elsewhere.
 */
import { defineKernel, type Image, type Mesh, type Texture, type TextureChart, type Tile } from "../../engine/kernel.js"
import { faceNormals, WALL_STEEPNESS } from "./charts/charts.js"
import { cropImage } from "./charts/crop-image.js"
import { emptyRuns, fillImageHoles, type PixelRuns } from "./charts/fill-image-holes.js"
import { fillTexels, groundFill } from "./charts/ground-fill.js"
import { packColour, paintClasses } from "./charts/paint-classes.js"
import {
  type ColourSums,
  leastTexels,
  meanColour,
  NO_COLOUR,
  objectColours,
  plainColours,
  shownColours,
} from "./charts/plain-colours.js"
import { type SeenFromAbove, seenFromAbove, type TexelGrid } from "./visibility/depth-from-above.js"
import { type FillTexels, hiddenCharts } from "./visibility/hidden-charts.js"

/** Texels of the finest level that a texture covers beyond its tile. */
const MARGIN = 4
/**
 * Largest hole of the image, square metres, that is filled from its rim: a lost pixel, a mast cut
 * out.
 */
const HOLE_AREA = 4
/**
 * Texels by which the image may exceed the extent, because it is aligned to the CRS grid of its
 * resolution.
 */
const GRID_GROWTH = 2
/**
 * Minimum rows and columns of texels inside the tile; below it the image counts as none of the
 * ground.
 */
const LEAST_ROWS = 2
/** Minimum share of a building or crown that an image must cover; below it the object has none. */
const LEAST_COVER = 0.25
const [GROUND, TREE, BUILDING, WATER] = [2, 5, 6, 9] as const

/** Source of a face's colours. */
const [FROM_ABOVE, FROM_FILL, IN_PART, PLAIN] = [0, 1, 2, 3] as const

/**
 * The texture of a mesh: the aerial image where it is seen from above, a colour of the same object
 * elsewhere.
 * - A vertical depth buffer of the image's texels finds the face that each texel shows. Visible
 *   faces use the image's own texels without resampling.
 * - Parts that trees, decks or other objects hide are filled: ground from ground texels around it,
 *   other objects from their visible parts. Ground below a building is not filled, since nobody
 *   sees it. A crown's face is plain where at least half of it is hidden, else it has the image.
 * - Walls and undersides take an oriented image (port `oriented`) if there is one. Otherwise they
 *   have one plain colour: the mean of their roof or object, else the colour of the class.
 * - Holes up to 4 m² are filled from their rims. In larger ones and beyond the image, objects have
 *   their mean colour; all else has the class colour. Faces wholly there have it without texels.
 * - Buildings and crowns that the image covers by less than a quarter have their class colour.
 * - Ground has no image of less than two rows or columns inside the tile: the neighbour's may end
 *   a texel beyond the border. Objects that overhang into the image have it, as in the parent.
 *
 * Limits: neighbours' trees are unknown here. Where an orthophoto is no true one, its leaning
 * buildings hide ground and show walls on roofs. Time: texels + faces. Memory: 4 bytes a texel, the
 * image, and a copy where it has holes.
 */
export default defineKernel({
  id: "texture.drape",
  version: 8,
  summary: "Texture: the aerial image where it shows a face, else colours of the same object",
  stages: ["tile", "model", "parent"],
  inputs: {
    mesh: { kind: "mesh" },
    ortho: {
      kind: "image",
      resolution: (tile, options) => texelSize(tile, Number(options["texel"]), Number(options["maxTexture"])),
    },
    irc: {
      kind: "image",
      infrared: true,
      optional: true,
      resolution: (tile, options) => texelSize(tile, Number(options["texel"]), Number(options["maxTexture"])),
    },
    oriented: { kind: "texture", optional: true },
  },
  outputs: {
    texture: { kind: "texture" },
    "texture-quality": {
      kind: "metrics",
      thresholds: {
        classColourShare: {
          meaning: "share of the surface without an image, in the colour of its class",
          warn: 0.05,
          fail: 0.5,
        },
        overhungShare: { meaning: "share of the surface that shows the image of an object above it", warn: 0.05 },
        texelM: { meaning: "size of a texel", unit: "m", warn: 0.5 },
      },
    },
  },
  options: {
    texel: {
      type: "number",
      default: 0.2,
      unit: "m",
      min: 0.02,
      max: 10,
      help: "ground size of a texel on the finest tiles; it doubles with each level",
    },
    maxTexture: {
      type: "number",
      default: 8192,
      min: 64,
      max: 16384,
      help: "largest side of a tile's image, in texels, without `reach`; a larger tile gets larger texels",
    },
    reach: {
      type: "number",
      default: 32,
      unit: "m",
      min: 0,
      max: 500,
      help: "how far buildings and decks that overhang the tile get the image; farther out they have a plain colour",
    },
  },
  halo: (options) => Math.max(MARGIN * options.texel, options.reach),
  // The image, its copy in the output, the faces that it shows; hidden parts take less than another
  // image.
  memory: (counts, options) => {
    const texel = options.texel * (counts.step ?? 1)
    const most = options.maxTexture + (2 * options.reach) / texel
    const side = Math.min((Math.sqrt(counts.areaM2) + 2 * options.reach) / texel, most)
    const texels = side * side
    return 14 * texels + 64 * Math.min(counts.points, 4 * counts.areaM2)
  },
  run(tile, input, options) {
    const { mesh, ortho, irc, oriented } = input
    const cell = findCell(tile, ortho)
    // The engine passes an image without pixels where there is none.
    const inCell = (cell.endColumn - cell.column) * (cell.endRow - cell.row)
    const runs = emptyRuns(ortho.data, ortho.width, ortho.height)
    const cover = measureCover(runs, ortho.width, cell)
    const quality = {
      coveredShare: inCell === 0 ? 0 : cover.texels / inCell,
      classColourShare: 0,
      texelM: texelSize(tile, options.texel, options.maxTexture),
      width: ortho.width,
      height: ortho.height,
    }
    const hasGround = Math.min(cover.rows, cover.columns) >= LEAST_ROWS
    const isEmpty = runs.count === ortho.height && runs.ends.every((end, i) => end - runs.starts[i] === ortho.width)
    if (mesh.triangles.length === 0 || isEmpty || (!hasGround && mesh.owners === undefined))
      return { texture: undefined, "texture-quality": quality }
    const { shown, holes } = prepareImage(ortho, mesh, runs)
    const second = irc && infraredOf(irc, mesh, cell)
    const images = { shown, holes, oriented, infrared: second?.image, hasGround }
    const { texture, shares } = paint(mesh, images, findCell(tile, shown))
    // Such a tile counts as one without an image, although some of its objects have a part of it.
    if (!hasGround) return { texture, "texture-quality": quality }
    const seconds = second === undefined ? {} : { infraredCoveredShare: second.share }
    return { texture, "texture-quality": { ...quality, ...shares, ...seconds } }
  },
})

/** Cells of the image whose centres are in the tile. */
interface Cell {
  readonly column: number
  readonly endColumn: number
  readonly row: number
  readonly endRow: number
}

const placeTexels = ({ width, height, box }: Image, { origin }: Mesh): TexelGrid => ({
  width,
  height,
  left: box[0] - origin[0],
  top: box[3] - origin[1],
  texel: (box[2] - box[0]) / width,
})

interface PreparedImage {
  readonly shown: Image
  readonly holes: PixelRuns
}

/**
 * Crops an image to the mesh, fills its small holes, and lists the remaining ones. An image with
 * holes is copied first.
 */
const prepareImage = (image: Image, mesh: Mesh, runs: PixelRuns): PreparedImage => {
  const part = cropImage(image, mesh)
  const { width, height } = part
  const empty = part === image ? runs : emptyRuns(part.data, width, height)
  const data = part === image && empty.count > 0 ? image.data.slice() : part.data
  const most = Math.floor(HOLE_AREA / placeTexels(part, mesh).texel ** 2)
  return { shown: { ...part, data }, holes: fillImageHoles(data, width, height, most, empty) }
}

/**
 * The infrared image on the texels of the colour one, and its share of the tile. Uncovered texels
 * are 0: classes have no infrared colour.
 */
const infraredOf = (irc: Image, mesh: Mesh, cell: Cell): { readonly image: PreparedImage; readonly share: number } => {
  const runs = emptyRuns(irc.data, irc.width, irc.height)
  const inCell = (cell.endColumn - cell.column) * (cell.endRow - cell.row)
  return { image: prepareImage(irc, mesh, runs), share: measureCover(runs, irc.width, cell).texels / inCell }
}

/** What a mesh is painted from; the pixels of `shown` at `holes` are painted too. */
interface Sources extends PreparedImage {
  readonly oriented: Texture | undefined
  readonly infrared: PreparedImage | undefined
  /** Whether the image counts for ground and water. */
  readonly hasGround: boolean
}

/** No texture where no face has an image. */
const paint = (
  mesh: Mesh,
  { shown: image, holes, oriented, infrared, hasGround }: Sources,
  cell: Cell,
): { readonly texture: Texture | undefined; readonly shares: Readonly<Record<string, number>> } => {
  const { data } = image
  const grid = placeTexels(image, mesh)
  const normals = faceNormals(mesh)
  const hides = Uint8Array.from(mesh.objects?.classes ?? [2], (code) => (code === BUILDING ? 0 : 1))
  const seen = seenFromAbove(mesh, grid, hides)
  const { sums, empty, ground } = shownColours(data, grid, mesh, seen)
  const colours = plainColours(mesh, normals, sums, leastTexels(grid.texel))
  const fill = groundFill(grid, ground)
  const without = holes.count > 0 || !hasGround ? objectsWithoutImage(mesh, sums, empty, hasGround) : undefined
  const objectFill = averageObjects(mesh, sums, grid, without)
  const bare = without === undefined ? [] : bareFaces(data, mesh, grid, sums, without)
  if (holes.count > 0) {
    paintObjects(data, mesh, holes, seen, objectFill)
    paintClasses(data, image, mesh, cell, holes, seen.uppermost)
  }
  const kinds = classifyFaces(mesh, normals, seen, fill !== undefined)
  for (const t of bare) {
    kinds[t] = PLAIN
    if (hasNoColour(mesh, t, without)) colours[t] = NO_COLOUR
  }
  for (const { faces } of oriented?.charts ?? []) for (const t of faces) kinds[t] = PLAIN
  const inPart = facesOf(kinds, IN_PART)
  const beyond = { holes, width: grid.width, colour: packColour(GROUND) }
  const hidden = hiddenCharts(mesh, inPart, grid, { data, seen, hides }, hiddenFill(fill, objectFill, beyond))
  const fromFill = facesOf(kinds, FROM_FILL)
  const fromAbove = facesOf(kinds, FROM_ABOVE)
  const charts: TextureChart[] = [
    { ...nadirOf(grid), faces: Uint32Array.from(fromAbove), data },
    ...(fill === undefined || fromFill.length === 0 ? [] : [{ ...fill, faces: Uint32Array.from(fromFill) }]),
    ...hidden,
    ...(oriented?.charts ?? []).map((chart) => withoutGaps(chart, colours)),
  ]
  const known = { kinds, colours, objectFill, hasFill: fill !== undefined }
  const shares = measureShares(mesh, normals, { ...seen, empty }, known, oriented?.charts ?? [])
  if (!hasGround && fromAbove.length + hidden.length === 0) return { texture: undefined, shares }
  const texture = { charts, colours, box: image.box }
  if (infrared === undefined) return { texture, shares }
  const fillCharts = fill === undefined || fromFill.length === 0 ? 0 : 1
  return {
    texture: withInfrared(mesh, texture, {
      ...{ data: infrared.shown.data, holes: infrared.holes, grid, normals, seen, hides, inPart, fillCharts },
      bare: bare.filter((t) => hasNoColour(mesh, t, without)),
    }),
    shares,
  }
}

/** The mean colour of each object; none `without` an image. */
const averageObjects = (
  mesh: Mesh,
  sums: ColourSums,
  { texel }: TexelGrid,
  without: Uint8Array | undefined,
): number[] => {
  const whole = objectColours(mesh, sums)
  const least = leastTexels(texel)
  return Array.from({ length: whole.length / 4 }, (_, row) =>
    without?.[row] === 1 ? NO_COLOUR : meanColour(whole, row, least),
  )
}

/** Texels without an image, of an image's width, and the colour of ground there. */
interface Beyond {
  readonly holes: PixelRuns
  readonly width: number
  readonly colour: number
}

/** Fills hidden texels of an object, those of ground to the image's end only. */
const hiddenFill =
  (fill: TextureChart | undefined, objectFill: readonly number[], { holes, width, colour }: Beyond): FillTexels =>
  (object, column, row, count, out, at) => {
    if (object === 0 && fill !== undefined) {
      fillTexels(fill, column, row, count, out, at)
      const start = row * width + column
      for (let run = firstRun(holes, start); run < holes.count && holes.starts[run] < start + count; run++) {
        const end = Math.min(start + count, holes.ends[run])
        for (let i = Math.max(start, holes.starts[run]); i < end; i++) writeColour(colour, out, at + 4 * (i - start))
      }
    } else if (objectFill[object] !== NO_COLOUR)
      for (let i = 0; i < count; i++) writeColour(objectFill[object], out, at + 4 * i)
  }

/** The first run that ends after a pixel. */
const firstRun = ({ count, ends }: PixelRuns, pixel: number): number => {
  let [low, high] = [0, count]
  while (low < high) {
    const middle = (low + high) >> 1
    if (ends[middle] > pixel) high = middle
    else low = middle + 1
  }
  return low
}

/**
 * Adds the infrared image on the same charts, by the same rules. Faces seen from above have its own
 * texels, hidden ones those around them or the mean of their object. Walls have the mean of their
 * roofs, since no oriented image is infrared. Unknown texels are 0, as are objects that it covers
 * too little.
 */
const withInfrared = (
  mesh: Mesh,
  texture: Texture,
  known: {
    readonly data: Uint8Array
    readonly holes: PixelRuns
    readonly grid: TexelGrid
    readonly normals: Float64Array
    readonly seen: SeenFromAbove
    readonly hides: Uint8Array
    readonly inPart: readonly number[]
    /** Faces in the colour of their class. */
    readonly bare: readonly number[]
    /** 1 where there is a fill chart, the second one, else 0. */
    readonly fillCharts: number
  },
): Texture => {
  const { data, holes, grid, normals, seen, hides, inPart, bare, fillCharts } = known
  const { sums, empty, ground } = shownColours(data, grid, mesh, seen)
  const fill = groundFill(grid, ground)
  const without = holes.count > 0 ? objectsWithoutImage(mesh, sums, empty, true) : undefined
  const objectFill = averageObjects(mesh, sums, grid, without)
  if (holes.count > 0) paintObjects(data, mesh, holes, seen, objectFill)
  const colours = plainColours(mesh, normals, sums, leastTexels(grid.texel)).map((colour, t) =>
    colour === NO_COLOUR || without?.[mesh.owners?.[t] ?? 0] === 1 ? 0 : colour,
  )
  for (const t of bare) colours[t] = 0
  // Same order and sizes as the colour charts: they depend on the mesh and the grid.
  const beyond = { holes, width: grid.width, colour: 0 }
  const hidden = hiddenCharts(mesh, inPart, grid, { data, seen, hides }, hiddenFill(fill, objectFill, beyond))
  const ofFill = fillCharts === 0 ? [] : [fill?.data ?? new Uint8Array(texture.charts[1].data.length)]
  const walls = texture.charts.slice(1 + fillCharts + hidden.length).map((chart) => plainTexels(chart, colours))
  const seconds = [data, ...ofFill, ...hidden.map((chart) => chart.data), ...walls]
  return {
    ...texture,
    charts: texture.charts.map((chart, number) => ({ ...chart, infrared: seconds[number] })),
    infraredColours: colours,
  }
}

/** Texels of the plain colour of a chart's first face. */
const plainTexels = ({ data, faces }: TextureChart, colours: Uint32Array): Uint8Array => {
  const texel = new Uint8Array(4)
  writeColour(colours[faces[0]], texel, 0)
  return new Uint8Array(new Uint32Array(data.length / 4).fill(new Uint32Array(texel.buffer)[0]).buffer)
}

/**
 * Gives texels without an image the mean colour of the object that they show, if known. Not for the
 * ground: a missing image is no ground.
 */
const paintObjects = (
  data: Uint8Array,
  { owners }: Mesh,
  { count, starts, ends }: PixelRuns,
  { uppermost }: SeenFromAbove,
  objectFill: readonly number[],
): void => {
  if (owners === undefined) return
  for (let run = 0; run < count; run++) {
    for (let i = starts[run]; i < ends[run]; i++) {
      if (uppermost[i] === 0) continue
      const row = owners[uppermost[i] - 1]
      if (row !== 0 && objectFill[row] !== NO_COLOUR) writeColour(objectFill[row], data, 4 * i)
    }
  }
}

/**
 * 1 for each row of the mesh's objects that counts as beyond the image, although a part may be in
 * it: a building or crown that it covers too little; ground and water where they have no image.
 * Shares hardly depend on the level, so that levels agree.
 */
const objectsWithoutImage = (
  mesh: Mesh,
  sums: ColourSums,
  empty: Uint32Array,
  hasGround: boolean,
): Uint8Array<ArrayBuffer> => {
  const whole = objectColours(mesh, sums)
  const bare = new Float64Array(whole.length / 4)
  for (let t = 0; t < empty.length; t++) bare[mesh.owners?.[t] ?? 0] += empty[t]
  return Uint8Array.from(bare, (texels, row) => {
    const code = row === 0 ? GROUND : mesh.objects?.classes[row]
    if (code === GROUND || code === WATER) return hasGround ? 0 : 1
    const shown = whole[4 * row + 3]
    return (code === BUILDING || code === TREE) && shown < LEAST_COVER * (shown + texels) ? 1 : 0
  })
}

/** Whether a face without an image has no colour of its object either. */
const hasNoColour = ({ owners }: Mesh, t: number, without: Uint8Array | undefined): boolean => {
  const row = owners?.[t] ?? 0
  return row === 0 || without?.[row] === 1
}

/**
 * Faces of objects without an image, and faces in a hole of the image or beyond it: no texel with
 * an image shows them, and there is none at their middle. Before the holes are painted.
 */
const bareFaces = (
  data: Uint8Array,
  { positions: p, triangles, owners }: Mesh,
  grid: TexelGrid,
  sums: ColourSums,
  without: Uint8Array,
): number[] => {
  const bare: number[] = []
  for (let t = 0; t < triangles.length / 3; t++) {
    if (without[owners?.[t] ?? 0] === 1) bare.push(t)
    if (sums[4 * t + 3] > 0 || without[owners?.[t] ?? 0] === 1) continue
    const [a, b, c] = [3 * triangles[3 * t], 3 * triangles[3 * t + 1], 3 * triangles[3 * t + 2]]
    const column = Math.floor(((p[a] + p[b] + p[c]) / 3000 - grid.left) / grid.texel)
    const row = Math.floor((grid.top - (p[a + 1] + p[b + 1] + p[c + 1]) / 3000) / grid.texel)
    if (column < 0 || row < 0 || column >= grid.width || row >= grid.height) continue
    if (data[4 * (row * grid.width + column) + 3] === 0) bare.push(t)
  }
  return bare
}

const nadirOf = ({ left, top, width, height, texel }: TexelGrid) =>
  ({ origin: [left, top, 0], u: [1, 0, 0], v: [0, -1, 0], width, height, texel }) as const

const facesOf = (kinds: Uint8Array, kind: number): number[] => {
  const out: number[] = []
  for (let t = 0; t < kinds.length; t++) if (kinds[t] === kind) out.push(t)
  return out
}

const classifyFaces = (mesh: Mesh, normals: Float64Array, seen: SeenFromAbove, hasFill: boolean): Uint8Array => {
  const { owners, objects, triangles } = mesh
  const kinds = new Uint8Array(triangles.length / 3)
  for (let t = 0; t < kinds.length; t++) {
    const code = objects?.classes[owners?.[t] ?? 0] ?? 2
    const isGround = (owners?.[t] ?? 0) === 0
    const elsewhere = isGround && hasFill ? FROM_FILL : PLAIN
    const { [t]: covered } = seen.covered
    const { [t]: hidden } = seen.hidden
    // On steeper faces a texel would stretch over five.
    if (normals[4 * t + 2] < WALL_STEEPNESS) kinds[t] = elsewhere
    else if (hidden === 0) kinds[t] = FROM_ABOVE
    else if (hidden === covered) kinds[t] = elsewhere
    else if (code === TREE) kinds[t] = 2 * hidden >= covered ? PLAIN : FROM_ABOVE
    else kinds[t] = IN_PART
  }
  return kinds
}

const writeColour = (colour: number, out: Uint8Array, at: number): void => {
  out[at] = colour >> 16
  out[at + 1] = (colour >> 8) & 255
  out[at + 2] = colour & 255
  out[at + 3] = 255
}

/** Gives texels that no oriented image shows the plain colour of the chart's first face. */
const withoutGaps = (chart: TextureChart, colours: Uint32Array): TextureChart => {
  const data = chart.data.slice()
  const colour = colours[chart.faces[0]]
  for (let i = 0; i < data.length; i += 4) if (data[i + 3] === 0 && colour !== NO_COLOUR) writeColour(colour, data, i)
  return { ...chart, data }
}

/** Shares of the mesh's surface by the source of their colours; they sum to 1. */
const measureShares = (
  mesh: Mesh,
  normals: Float64Array,
  seen: Pick<SeenFromAbove, "covered" | "hidden"> & { readonly empty: Uint32Array },
  known: {
    readonly kinds: Uint8Array
    readonly colours: Uint32Array
    readonly objectFill: readonly number[]
    readonly hasFill: boolean
  },
  oriented: readonly TextureChart[],
): Record<string, number> => {
  const { kinds, colours, objectFill, hasFill } = known
  const areas = { above: 0, oriented: 0, neighbour: 0, classColour: 0, overhung: 0 }
  const shown = new Float64Array(kinds.length)
  for (const { faces, data } of oriented) {
    let opaque = 0
    for (let i = 3; i < data.length; i += 4) if (data[i] !== 0) opaque++
    for (const t of faces) shown[t] = (4 * opaque) / data.length
  }
  for (let t = 0; t < kinds.length; t++) {
    const area = normals[4 * t + 3]
    const row = mesh.owners?.[t] ?? 0
    const texels = Math.max(1, seen.covered[t])
    const [hidden, empty] = [(area * seen.hidden[t]) / texels, (area * Math.min(texels, seen.empty[t])) / texels]
    const isFilled = row === 0 ? hasFill : objectFill[row] !== NO_COLOUR
    if (kinds[t] === FROM_FILL) areas.neighbour += area
    else if (kinds[t] === PLAIN) {
      areas.oriented += area * shown[t]
      if (colours[t] === NO_COLOUR) areas.classColour += area * (1 - shown[t])
      else areas.neighbour += area * (1 - shown[t])
    } else {
      areas.above += area - hidden - empty
      if (row !== 0 && isFilled) areas.neighbour += empty
      else areas.classColour += empty
      // A crown's hidden texels show the crown above it.
      if (kinds[t] === FROM_ABOVE || !isFilled) areas.overhung += hidden
      else areas.neighbour += hidden
    }
  }
  const all = Object.values(areas).reduce((sum, area) => sum + area, 0)
  const share = (area: number): number => (all === 0 ? 0 : area / all)
  return {
    aboveShare: share(areas.above),
    orientedShare: share(areas.oriented),
    neighbourShare: share(areas.neighbour),
    classColourShare: share(areas.classColour),
    overhungShare: share(areas.overhung),
  }
}

/**
 * Metres a texel: the option's, doubled with each level, but no more than `maxTexture` texels a
 * side.
 */
const texelSize = (tile: Tile, texel: number, maxTexture: number): number => {
  const [minX, , maxX] = tile.cell
  return Math.max(texel * tile.step, (maxX - minX) / (maxTexture - 2 * MARGIN - GRID_GROWTH))
}

/** Columns and rows of the image whose centres are in the tile's cell, half-open. */
const findCell = (tile: Tile, image: Image) => {
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

/** Texels of the cell that the image covers, and their extent in rows and columns. */
interface Cover {
  readonly texels: number
  readonly rows: number
  readonly columns: number
}

/** The part of the cell outside the runs of empty pixels. O(runs + rows). */
const measureCover = ({ count, starts, ends }: PixelRuns, width: number, cell: Cell): Cover => {
  let [texels, run] = [0, 0]
  let [top, bottom, left, right] = [Infinity, -Infinity, Infinity, -Infinity]
  for (let row = cell.row; row < cell.endRow; row++) {
    const [begin, end] = [row * width + cell.column, row * width + cell.endColumn]
    let at = begin
    const take = (to: number): void => {
      if (to <= at) return
      texels += to - at
      ;[top, bottom] = [Math.min(top, row), row]
      ;[left, right] = [Math.min(left, at - begin), Math.max(right, to - begin)]
    }
    while (run < count && ends[run] <= begin) run++
    for (; run < count && starts[run] < end; run++) {
      take(starts[run])
      at = Math.max(at, ends[run])
    }
    take(end)
  }
  return texels === 0 ? { texels, rows: 0, columns: 0 } : { texels, rows: bottom - top + 1, columns: right - left }
}
