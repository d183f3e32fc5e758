import { defaultTextureFormat, textureFormats } from "../formats/raster/texture-format.js"
import { defaultMeshCompression, meshCompressions } from "../formats/tiles3d/mesh-compression.js"
import { schemaNames } from "../formats/vector/bdtopo-schema.js"
import { vectorFormats } from "../formats/vector/vector-formats.js"
import { tileSizes } from "../grid/tile-key.js"
import type { Option } from "../kernel.js"
import type { KernelOptions } from "./check-options.js"
import { leastSpacing, mostSpacing } from "./job.js"
import { defaultTriangles, leastTriangles, mostTriangles } from "./kernels/max-triangles.js"
import { defaultMesh, meshChoices, productNames } from "./kernels/mesh-presets.js"
import { colourChoices } from "./texture-options.js"

/** A JSON schema (draft-07), as plain data. */
export type JsonSchema = { readonly [key: string]: JsonValue }
type JsonValue = string | number | boolean | readonly JsonValue[] | JsonSchema

const text = (description: string): JsonSchema => ({ type: "string", minLength: 1, description })
const paths = (description: string): JsonSchema => ({
  type: "array",
  items: { type: "string", minLength: 1 },
  description,
})

/**
 * JSON schema of a job file, generated from the kernels' declarations. The resolved `job.json` of a run keeps it too.
 */
export const jobSchema = (kernels: readonly KernelOptions[]): JsonSchema => ({
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "maille job",
  description: "A job file of maille: maille run --job job.json. Relative paths start from the file's own folder.",
  type: "object",
  required: ["inputs", "out"],
  additionalProperties: false,
  properties: {
    $schema: { type: "string" },
    inputs: { ...paths("LAS, LAZ and COPC files, folders, globs, http(s) addresses"), minItems: 1 },
    out: text("Output folder"),
    imagery: paths("Image files and folders"),
    irc: paths(
      "Colour-infrared orthophotos (near infrared, red, green) of the same ground: a second image of each texture",
    ),
    orientedImages: paths("Files and folders of oriented images: JPEG, TIFF, COG, JP2, named after their shots"),
    orientation: paths(
      "Their orientations and cameras: OPK with Borea's camera files, MicMac or conic XML; default: among the images",
    ),
    products: {
      type: "array",
      minItems: 1,
      uniqueItems: true,
      items: { enum: productNames },
      default: productNames,
      description: "What to make",
    },
    layers: {
      type: "array",
      minItems: 1,
      uniqueItems: true,
      items: { type: "string" },
      description: "Layers that the product vector stands for; default: all",
    },
    pack: {
      type: "boolean",
      default: false,
      description: "Few files: tiles are packed into 3D Tiles archives (.3tz) and ZIPs, one set a run or shard",
    },
    sourceNames: {
      type: "boolean",
      default: false,
      description: "Features of layers tell which source files they lie in (column sources)",
    },
    vectorFormats: {
      type: "array",
      uniqueItems: true,
      items: { enum: ["fgb", ...vectorFormats] },
      default: [],
      description: "Formats of the vector layers beside FlatGeobuf, which is always written",
    },
    vectorSchema: {
      enum: schemaNames,
      default: schemaNames[0],
      description: "Names of the attributes in those formats: maille's own, or BD TOPO's for buildings",
    },
    mesh: {
      enum: meshChoices,
      default: defaultMesh,
      description:
        "The mesh: model (ground, buildings, bridges, vegetation), ground alone, or one surface over everything",
    },
    tileSize: { enum: tileSizes, default: tileSizes[0], description: "Side of a work tile, metres" },
    spacing: {
      type: "number",
      minimum: leastSpacing,
      maximum: mostSpacing,
      description: "Distance between points that kernels get which state none, metres; default: every point",
    },
    keepPoints: {
      type: "number",
      minimum: leastSpacing,
      maximum: mostSpacing,
      description: "Distance between points kept as COPC for looking at, metres; default: none are kept",
    },
    maxTriangles: {
      type: "integer",
      minimum: leastTriangles,
      maximum: mostTriangles,
      default: defaultTriangles,
      description:
        "Most triangles of a tile's content; a tile with more is written in parts; a parent has at most four times as many",
    },
    textureFormat: {
      enum: textureFormats,
      default: defaultTextureFormat,
      description: "How the textures of the mesh are encoded",
    },
    meshCompression: {
      enum: meshCompressions,
      default: defaultMeshCompression,
      description:
        "How the meshes of the tileset are compressed; none: without a required extension, for any glTF reader",
    },
    workers: { type: "integer", minimum: 1, maximum: 1024, description: "Worker threads; default: the processors" },
    memory: {
      type: ["string", "integer"],
      description: 'Memory of all workers, "2G" or bytes; default: 80 % of the limit',
    },
    memoryBytes: { type: "integer", minimum: 268435456, description: "The same in bytes, as the resolved job has it" },
    taskTimeout: {
      type: "number",
      minimum: 0,
      description: "Processor seconds after which a task has run away, 0 for never; default: by its estimate",
    },
    aoi: text("GeoJSON or FlatGeobuf polygons: only tiles that meet them"),
    bbox: {
      type: "array",
      items: { type: "number" },
      minItems: 4,
      maxItems: 4,
      description: "minX, minY, maxX, maxY in CRS metres: only tiles that meet it",
    },
    departement: {
      type: "array",
      minItems: 1,
      items: { type: "string", minLength: 1 },
      description: "Codes of départements: only tiles that meet them, and the vector objects that lie in them",
    },
    limits: text("Polygons of départements with their codes: FlatGeobuf, GeoJSON, GeoPackage or Shapefile"),
    footprints: text("Outlines of buildings (polygons): FlatGeobuf, GeoJSON, GeoPackage or Shapefile"),
    breaklines: text("Lines along which the ground bends, with heights; in the same formats"),
    crs: { type: ["string", "integer"], description: 'CRS of points that tell none, "EPSG:2154"' },
    epsg: { type: "integer", description: "The same as a number, as the resolved job has it" },
    heights: {
      enum: ["orthometric", "ellipsoidal"],
      default: "orthometric",
      description: "What the points' heights are",
    },
    geoid: text("Geoid grid (GeoTIFF)"),
    kernels: paths("Modules of third-party kernels"),
    prefer: text("Text in the name of the images to be chosen first"),
    colours: {
      enum: colourChoices,
      default: "solve",
      description:
        "solve: a gain and a bias an image make all images of the job match; none: images keep their colours",
    },
    newColours: { type: "boolean", default: false, description: "Solve the colours of all images anew: a new edition" },
    options: optionsSchema(kernels),
    source: text("Attribution and licence line of the products; by default from the point files"),
    sourceStated: { type: "boolean", description: "In the resolved job: source is the user's own" },
    force: { type: "boolean", default: false, description: "Make everything again" },
    version: { type: "string", description: "maille's version, written in the resolved job; not read" },
    leafLevel: { type: "integer", description: "Level of the work tiles, written in the resolved job; not read" },
  },
})

const optionsSchema = (kernels: readonly KernelOptions[]): JsonSchema => ({
  type: "object",
  additionalProperties: false,
  description: "Options of the kernels, by kernel id",
  properties: Object.fromEntries(
    kernels.map(({ id, options }) => [
      id,
      {
        type: "object",
        additionalProperties: false,
        properties: Object.fromEntries(Object.entries(options).map(([name, option]) => [name, optionSchema(option)])),
      },
    ]),
  ),
})

const optionSchema = (option: Option): JsonSchema => {
  const base = { default: option.default }
  if (option.type === "number") {
    const unit = option.unit === undefined ? "" : ` (${option.unit})`
    return {
      type: "number",
      ...base,
      ...(option.min === undefined ? {} : { minimum: option.min }),
      ...(option.max === undefined ? {} : { maximum: option.max }),
      description: `${option.help}${unit}`,
    }
  }
  const choices = option.type === "string" && option.choices ? { enum: option.choices } : {}
  return { type: option.type, ...base, ...choices, description: option.help }
}
