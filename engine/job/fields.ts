/**
 * Every field of a job, declared once. Types, schema, flags, checks, path mapping, hashes and
 * reference derive from it.
 */
import { availableParallelism } from "node:os"
import {
  leastMemory,
  missingOption,
  parseBox,
  parseBytes,
  parseCodes,
  parseEpsg,
  usageError,
} from "../core/parse-values.js"
import { defaultTextureFormat, textureFormats } from "../formats/raster/texture-format.js"
import { defaultMeshCompression, meshCompressions } from "../formats/tiles3d/mesh-compression.js"
import { schemaNames } from "../formats/vector/bdtopo-schema.js"
import { vectorFormats } from "../formats/vector/write-format.js"
import { tileSizes } from "../grid/tile-key.js"
import { checkOptions } from "./check-options.js"
import * as kind from "./field-kinds.js"
import { defaultMesh, meshChoices, productNames } from "./kernels/presets.js"
import { defaultMemory } from "./memory-limit.js"

/** A text in both languages of the reference. */
export interface Text {
  readonly en: string
  readonly fr: string
}

/** Headings of the reference and of `--help`, in their order. */
export const fieldGroups = {
  inputs: { en: "Inputs", fr: "Entrées" },
  products: { en: "Products", fr: "Produits" },
  resources: { en: "Resources", fr: "Ressources" },
  area: { en: "Area", fr: "Emprise" },
  advanced: { en: "Advanced", fr: "Options avancées" },
} as const satisfies Readonly<Record<string, Text>>

/** One field: a row of {@link jobFields}. */
export interface JobField extends kind.FieldKind {
  readonly group: keyof typeof fieldGroups
  /** Part of a sentence: no capital, no full stop. */
  readonly help: Text
  /** Flag of `run` and `plan` in commander's notation; absent: only job files have the field. */
  readonly flag?: string
  /** Value of the flag if it is given without one. */
  readonly bare?: number
  /** Default value, or a function that makes it. */
  readonly default?: unknown
  /** The default in words, if the value itself does not say it. */
  readonly fallback?: Text
  readonly required?: true
  /**
   * How the field enters the hashes of tasks.
   * - `value`: its value
   * - `stated`: its value if it differs from the default
   * - `content`: what the plan derives from it, such as the content of a file or the options of a
   *   kernel
   * - `none`: it changes no product
   */
  readonly hash: "value" | "stated" | "content" | "none"
  /**
   * Products that change with this field in a finished folder; absent: compared in another way, or
   * not at all.
   */
  readonly alters?: readonly string[]
  /** The field that this one states in another form. */
  readonly formOf?: string
  /** Only in the resolved job of an output folder. */
  readonly written?: true
  /** Geometry of the features in its file; kernel ports ask for them by the field's name. */
  readonly features?: "Polygon" | "LineString"
}

const products = kind.someOf("product", productNames)
const colours = kind.oneOf("value", ["solve", "none"])
const heightKinds = ["orthometric", "ellipsoidal"] as const
const meshes = ["mesh", "texture"]

/** The fields, in the order of the resolved job. */
export const jobFields = {
  inputs: {
    ...kind.paths("input"),
    schema: { ...kind.paths("input").schema, minItems: 1 },
    required: true,
    group: "inputs",
    hash: "content",
    help: {
      en: "LAS, LAZ and COPC files, folders, globs, http(s) and s3:// addresses",
      fr: "fichiers LAS, LAZ et COPC, dossiers, motifs de noms, adresses http(s) et s3://",
    },
  },
  out: {
    ...kind.path("output"),
    flag: "--out <dir>",
    required: true,
    group: "inputs",
    hash: "none",
    help: { en: "output folder", fr: "dossier de sortie" },
  },
  imagery: {
    ...kind.paths("existing"),
    flag: "--imagery <path...>",
    default: [],
    group: "inputs",
    hash: "content",
    help: { en: "image files and folders", fr: "images et dossiers d’images" },
  },
  irc: {
    ...kind.somePaths,
    flag: "--irc <path...>",
    group: "inputs",
    hash: "content",
    help: {
      en: "colour-infrared orthophotos (near infrared, red, green) of the same ground: a second image of each texture",
      fr: "orthophotos infrarouge couleur (proche infrarouge, rouge, vert) du même sol : une seconde image par texture",
    },
  },
  orientedImages: {
    ...kind.somePaths,
    flag: "--oriented-images <path...>",
    group: "inputs",
    hash: "content",
    help: {
      en: "files and folders of images with a known camera and attitude, named after their shots: JPEG, TIFF, COG, JP2",
      fr: "images (ou dossiers) de caméra et d’attitude connues, nommées d’après leurs clichés : JPEG, TIFF, COG, JP2",
    },
  },
  orientation: {
    ...kind.somePaths,
    flag: "--orientation <path...>",
    fallback: { en: "looked for among the images", fr: "cherchées parmi les images" },
    group: "inputs",
    hash: "content",
    help: {
      en: "their orientations and cameras: OPK with Borea's camera files, MicMac or conic XML",
      fr: "leurs orientations et caméras : OPK avec les fichiers de caméra de Borea, XML de MicMac ou conique",
    },
  },
  products: {
    ...products,
    schema: { ...products.schema, minItems: 1 },
    check: (value: readonly string[], context: kind.CheckContext) => {
      const names = products.check(value, context)
      if (names.length > 0) return names
      throw missingOption(context.flag, `Give one or more of ${productNames.join(", ")}, or leave it out for all.`)
    },
    flag: "--products <list>",
    default: productNames,
    fallback: { en: "all", fr: "tous" },
    group: "products",
    hash: "content",
    help: { en: "what to make", fr: "produits à calculer" },
  },
  layers: {
    schema: { type: "array", minItems: 1, uniqueItems: true, items: { type: "string" } },
    parse: "list",
    check: (value: readonly string[], { flag }: kind.CheckContext): readonly string[] => {
      if (value.length === 0) throw missingOption(flag, "Give names of layers, or leave it out for all.")
      // Sorted: the order that the caller uses changes no hash.
      return [...new Set(value)].sort()
    },
    flag: "--layers <list>",
    fallback: { en: "all; see docs/reference/layers.md", fr: "toutes ; voir docs/reference/layers.md" },
    group: "products",
    hash: "content",
    help: {
      en: "layers that the product vector makes, such as building,water",
      fr: "couches que calcule le produit vector, comme building,water",
    },
  },
  sourceNames: {
    ...kind.toggle,
    flag: "--source-names",
    default: false,
    group: "products",
    hash: "stated",
    alters: ["vector"],
    help: {
      en: "name the source files of each feature of the layers (column sources)",
      fr: "nommer les fichiers source de chaque objet des couches (colonne sources)",
    },
  },
  vectorFormats: {
    ...kind.someOf("vector format", vectorFormats, ["fgb"]),
    flag: "--vector-format <list>",
    default: [],
    fallback: { en: "none", fr: "aucun" },
    group: "products",
    hash: "none",
    help: {
      en: "formats of the vector layers beside FlatGeobuf, which is always written",
      fr: "formats des couches vecteur en plus de FlatGeobuf, toujours écrit",
    },
  },
  vectorSchema: {
    ...kind.oneOf("schema", schemaNames),
    flag: "--schema <name>",
    default: schemaNames[0],
    group: "products",
    hash: "none",
    alters: ["vector"],
    help: {
      en: "names of the attributes in those formats: maille's own, or BD TOPO's for buildings",
      fr: "noms des attributs dans ces formats : ceux de maille, ou ceux de la BD TOPO pour les bâtiments",
    },
  },
  mesh: {
    ...kind.oneOf("mesh", meshChoices),
    flag: "--mesh <way>",
    default: defaultMesh,
    group: "products",
    hash: "content",
    alters: meshes,
    help: {
      en: "the mesh: model (ground, buildings, bridges, vegetation), ground only, or one surface over everything",
      fr: "le maillage : model (sol, bâtiments, ponts, végétation), ground (sol seul) ou surface (une nappe sur tout)",
    },
  },
  tileSize: {
    ...kind.numberOf(tileSizes, "The sides divide or equal the 1 km of a delivered tile, on the grid from (0, 0)."),
    flag: "--tile-size <m>",
    default: tileSizes[0],
    group: "products",
    hash: "content",
    alters: productNames,
    help: {
      en: `side of a work tile in metres, one of ${tileSizes.join(", ")}`,
      fr: `côté d’une tuile de travail en mètres, parmi ${tileSizes.join(", ")}`,
    },
  },
  spacing: {
    ...kind.spacing("every point"),
    flag: "--spacing <m>",
    fallback: { en: "every point", fr: "tous les points" },
    group: "products",
    hash: "content",
    alters: productNames,
    help: {
      en: "thin points to one a cell of this side and class, for kernels that state no distance",
      fr: "ne garder qu’un point par maille de ce côté et par classe, pour les noyaux qui ne fixent pas de distance",
    },
  },
  keepPoints: {
    ...kind.spacing("none"),
    flag: "--keep-points [m]",
    bare: 0.5,
    fallback: { en: "none; 0.5 without a number", fr: "aucun ; 0,5 sans nombre" },
    group: "products",
    hash: "content",
    alters: productNames,
    help: {
      en: "keep points at this distance as COPC, for viewing",
      fr: "garder des points à cette distance, en COPC, pour la visualisation",
    },
  },
  maxTriangles: {
    ...kind.whole(100, 10_000_000),
    flag: "--max-triangles <n>",
    // Keeps a content below 1 MB, its image included.
    default: 50_000,
    group: "products",
    hash: "value",
    alters: meshes,
    help: {
      en: "most triangles of a content of the tileset; a tile with more is written in parts; a parent has at most four times as many",
      fr: "nombre maximal de triangles d’un contenu ; une tuile qui en a plus est écrite en parties ; un parent en a au plus le quadruple",
    },
  },
  textureFormat: {
    ...kind.oneOf("texture format", textureFormats),
    flag: "--texture-format <name>",
    default: defaultTextureFormat,
    group: "products",
    hash: "stated",
    alters: ["texture"],
    help: { en: "how the textures of the mesh are encoded", fr: "encodage des textures du maillage" },
  },
  meshCompression: {
    ...kind.oneOf("mesh compression", meshCompressions),
    flag: "--mesh-compression <name>",
    default: defaultMeshCompression,
    group: "products",
    hash: "stated",
    alters: meshes,
    help: {
      en: "how the meshes of the tileset are compressed; none: larger, but any glTF reader opens them",
      fr: "compression des maillages du tileset ; none : plus gros, mais lisibles par tout lecteur glTF",
    },
  },
  workers: {
    ...kind.whole(1, 1024),
    flag: "--workers <n>",
    default: availableParallelism,
    fallback: { en: "the processors", fr: "les processeurs" },
    group: "resources",
    hash: "none",
    help: { en: "worker threads", fr: "fils d’exécution" },
  },
  memory: {
    ...kind.parsed({ type: ["string", "integer"] }, parseBytes),
    formOf: "memoryBytes",
    flag: "--memory <size>",
    fallback: { en: "80 % of the machine's or the container's", fr: "80 % de celle de la machine ou du conteneur" },
    group: "resources",
    hash: "none",
    help: { en: "memory of all workers, such as 2G", fr: "mémoire de tous les fils, comme 2G" },
  },
  memoryBytes: {
    ...kind.parsed({ type: "integer", minimum: leastMemory }, parseBytes),
    default: () => defaultMemory(),
    group: "resources",
    hash: "none",
    help: { en: "the same in bytes, as the resolved job has it", fr: "la même en octets, comme dans le job résolu" },
  },
  taskTimeout: {
    ...kind.seconds("Leave it out for 50 times what a task is estimated at, an hour at least; 0 is no limit."),
    flag: "--task-timeout <seconds>",
    fallback: { en: "50 times its estimate, an hour at least", fr: "50 fois son estimation, une heure au moins" },
    group: "resources",
    hash: "none",
    help: {
      en: "processor time after which a runaway task is ended; 0 for never",
      fr: "temps processeur après lequel une tâche emballée est arrêtée ; 0 pour jamais",
    },
  },
  aoi: {
    ...kind.path("existing"),
    flag: "--aoi <file>",
    group: "area",
    hash: "none",
    help: {
      en: "GeoJSON or FlatGeobuf polygons: only tiles that meet them",
      fr: "polygones GeoJSON ou FlatGeobuf : seulement les tuiles qui les touchent",
    },
  },
  bbox: {
    ...kind.parsed({ type: "array", items: { type: "number" }, minItems: 4, maxItems: 4 }, parseBox),
    flag: "--bbox <x,y,x,y>",
    group: "area",
    hash: "none",
    help: {
      en: "box minX,minY,maxX,maxY in CRS metres: only tiles that meet it",
      fr: "boîte minX,minY,maxX,maxY en mètres du système de coordonnées : seulement les tuiles qui la touchent",
    },
  },
  departement: {
    ...kind.parsed({ type: "array", minItems: 1, items: kind.text.schema }, parseCodes),
    parse: "list",
    flag: "--departement <codes>",
    group: "area",
    hash: "content",
    help: {
      en: "départements, such as 34,67: only tiles that meet them, and the vector objects in them",
      fr: "départements, comme 34,67 : seulement les tuiles qui les touchent, et les objets vecteur qui s’y trouvent",
    },
  },
  limits: {
    ...kind.path("existing"),
    flag: "--limits <file>",
    group: "area",
    hash: "content",
    help: {
      en: "polygons of départements with their codes (FlatGeobuf, GeoJSON, GeoPackage, Shapefile)",
      fr: "polygones des départements avec leurs codes (FlatGeobuf, GeoJSON, GeoPackage, Shapefile)",
    },
  },
  footprints: {
    ...kind.path("existing"),
    features: "Polygon",
    flag: "--footprints <file>",
    group: "inputs",
    hash: "content",
    help: {
      en: "outlines of buildings (polygons of FlatGeobuf, GeoJSON, GeoPackage, Shapefile)",
      fr: "emprises de bâtiments (polygones FlatGeobuf, GeoJSON, GeoPackage, Shapefile)",
    },
  },
  breaklines: {
    ...kind.path("existing"),
    features: "LineString",
    flag: "--breaklines <file>",
    group: "inputs",
    hash: "content",
    help: {
      en: "3D lines along which the ground bends, in the same formats",
      fr: "lignes 3D de rupture du sol, dans les mêmes formats",
    },
  },
  crs: {
    ...kind.parsed({ type: ["string", "integer"] }, parseEpsg),
    formOf: "epsg",
    flag: "--crs <EPSG:n>",
    group: "inputs",
    hash: "content",
    help: {
      en: "CRS of points that state none, such as EPSG:2154",
      fr: "système de coordonnées des points qui n’en indiquent pas, comme EPSG:2154",
    },
  },
  epsg: {
    ...kind.parsed({ type: "integer" }, parseEpsg),
    group: "inputs",
    hash: "content",
    help: { en: "the same as a number, as the resolved job has it", fr: "le même en nombre, comme dans le job résolu" },
  },
  heights: {
    schema: { enum: heightKinds },
    check: (value: string, { flag }: kind.CheckContext) => {
      const found = heightKinds.find((name) => name === value)
      if (found !== undefined) return found
      const expected = "orthometric (above the geoid, as LiDAR HD) or ellipsoidal"
      throw usageError(flag, `"${value}"`, expected, "It says how the points give their heights.")
    },
    flag: "--heights <kind>",
    default: heightKinds[0],
    group: "inputs",
    hash: "value",
    alters: productNames,
    help: {
      en: "what the points' heights are: orthometric or ellipsoidal",
      fr: "nature des altitudes des points : orthometric (au-dessus du géoïde) ou ellipsoidal",
    },
  },
  geoid: {
    ...kind.path("existing"),
    flag: "--geoid <file>",
    group: "inputs",
    hash: "content",
    alters: meshes,
    help: {
      en: "geoid grid (GeoTIFF) for the place on the globe",
      fr: "grille de géoïde (GeoTIFF) pour le placement sur le globe",
    },
  },
  kernels: {
    ...kind.paths("module"),
    flag: "--kernel <file...>",
    default: [],
    group: "advanced",
    hash: "content",
    help: { en: "modules of third-party kernels", fr: "modules de noyaux tiers" },
  },
  prefer: {
    ...kind.text,
    flag: "--prefer <text>",
    group: "products",
    hash: "value",
    alters: ["texture"],
    help: {
      en: "text in the name of the images to be chosen first",
      fr: "texte présent dans le nom des images à choisir d’abord",
    },
  },
  colours: {
    ...colours,
    // The default is omitted, as in jobs written without this field.
    check: (value: string, context: kind.CheckContext): "none" | undefined =>
      colours.check(value, context) === "none" ? "none" : undefined,
    flag: "--colours <way>",
    default: "solve",
    group: "products",
    hash: "content",
    alters: ["texture"],
    help: {
      en: "colours of images: solve makes all of the job match by one gain and bias each; none keeps them as they are",
      fr: "couleurs des images : solve les accorde toutes par un gain et un biais chacune ; none les garde telles quelles",
    },
  },
  newColours: {
    ...kind.toggle,
    flag: "--new-colours",
    default: false,
    fallback: { en: "keep those that the output folder holds", fr: "garder celles du dossier de sortie" },
    group: "products",
    hash: "none",
    help: {
      en: "solve the colours of all images anew: a new edition",
      fr: "recalculer les couleurs de toutes les images : une nouvelle édition",
    },
  },
  options: {
    schema: { type: "object", additionalProperties: false },
    check: (
      value: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
      { kernels = [] }: kind.CheckContext,
    ): Readonly<ReturnType<typeof checkOptions>> => checkOptions(value, kernels),
    default: {},
    group: "advanced",
    hash: "content",
    help: { en: "options of the kernels, by kernel id", fr: "options des noyaux, par identifiant de noyau" },
  },
  source: {
    ...kind.text,
    flag: "--source <text>",
    fallback: { en: "IGN's for LiDAR HD, else none", fr: "celle de l’IGN pour LiDAR HD, sinon aucune" },
    group: "products",
    hash: "content",
    help: {
      en: "attribution and licence line of the products",
      fr: "mention de source et de licence des produits",
    },
  },
  sourceStated: {
    ...kind.written<boolean>("boolean"),
    group: "advanced",
    hash: "none",
    help: {
      en: "in the resolved job: source is the user's own",
      fr: "dans le job résolu : la source vient de l’utilisateur",
    },
  },
  pack: {
    ...kind.toggle,
    flag: "--pack",
    default: false,
    group: "products",
    hash: "none",
    help: {
      en: "few files: tiles are packed into 3D Tiles archives (.3tz) and ZIPs, one set a run or shard",
      fr: "peu de fichiers : tuiles regroupées en archives 3D Tiles (.3tz) et ZIP, un jeu par exécution ou par lot",
    },
  },
  force: {
    schema: { type: "boolean" },
    check: (value: boolean): boolean => value,
    flag: "--force",
    default: false,
    group: "advanced",
    hash: "none",
    help: { en: "make everything again", fr: "tout recalculer" },
  },
  version: {
    ...kind.written<string>("string"),
    group: "advanced",
    hash: "none",
    help: {
      en: "in the resolved job: version of maille that wrote it; not read",
      fr: "dans le job résolu : version de maille qui l’a écrit ; ignorée",
    },
  },
  leafLevel: {
    ...kind.written<number>("integer"),
    group: "advanced",
    hash: "none",
    help: {
      en: "in the resolved job: level of the work tiles; not read",
      fr: "dans le job résolu : niveau des tuiles de travail ; ignoré",
    },
  },
} satisfies Readonly<Record<string, JobField>>

type Rows = typeof jobFields
export type FieldName = keyof Rows

/** The fields with their names, in order. */
export const fieldRows = Object.entries(jobFields) as unknown as readonly (readonly [FieldName, JobField])[]

/** Name of a field in messages: its flag or that of its other form, else its name in a job file. */
export const flagOf = (name: FieldName): string => {
  const row = fieldRows.find(([own, { flag, formOf }]) => flag !== undefined && (own === name || formOf === name))
  return row?.[1].flag?.split(" ")[0] ?? name
}

type Given<N extends FieldName> = Parameters<Rows[N]["check"]>[0]
type Checked<N extends FieldName> = ReturnType<Rows[N]["check"]>
type Resolved = { [N in FieldName]: Rows[N] extends { formOf: string } | { written: true } ? never : N }[FieldName]
type Stated = { [N in FieldName]: Rows[N] extends { required: true } ? N : never }[FieldName]
type Always = {
  [N in Resolved]: undefined extends Checked<N> ? never : Rows[N] extends { default: unknown } ? N : never
}[Resolved]

/** A job as callers and job files state it. */
export type StatedFields = { readonly [N in keyof Pick<Rows, Stated>]: Given<N> } & {
  readonly [N in keyof Omit<Rows, Stated>]?: Given<N>
}
/** A checked job with its defaults. */
export type ResolvedFields = { readonly [N in keyof Pick<Rows, Always | Stated>]: Checked<N> } & {
  readonly [N in keyof Pick<Rows, Exclude<Resolved, Always | Stated>>]?: Exclude<Checked<N>, undefined>
}

/** Returns the value that a job states for a field, in either of its forms, else the default. */
export const fieldValue = (job: Partial<StatedFields>, name: FieldName): unknown => {
  const { default: usual } = jobFields[name] as JobField
  const form = fieldRows.find(([, { formOf }]) => formOf === name)?.[0]
  return job[name] ?? (form && job[form]) ?? (typeof usual === "function" ? usual() : usual)
}

/** Returns the values that enter the hash of every task by themselves. */
export const hashedFields = (job: ResolvedFields): Record<string, unknown> =>
  Object.fromEntries(
    fieldRows.flatMap(([name, field]) => {
      if (field.hash === "value") return [[name, fieldValue(job, name) ?? ""]]
      return field.hash === "stated" && fieldValue(job, name) !== field.default ? [[name, fieldValue(job, name)]] : []
    }),
  )
