/**
 * Every field of a job, declared once. Types, schema, flags, checks, path mapping, hashes and
 * reference derive from it.
 */
import { availableParallelism } from "node:os"
import { densities } from "../core/density.js"
import type { Box2 } from "../core/geometry/box.js"
import { conforms } from "../core/json/json-shape.js"
import {
  leastMemory,
  missingOption,
  parseBox,
  parseBytes,
  parseCodes,
  parseEpsg,
  usageError,
} from "../core/parse-values.js"
import { EngineError } from "../errors.js"
import { schemeNames } from "../formats/points/class-schemes.js"
import { defaultTextureFormat, textureFormats } from "../formats/raster/texture-format.js"
import { defaultMeshCompression, meshCompressions } from "../formats/tiles3d/mesh-compression.js"
import { schemaNames } from "../formats/vector/bdtopo-schema.js"
import { vectorFormats } from "../formats/vector/write-format.js"
import { tileSizes } from "../grid/tile-key.js"
import { checkOptions, type KernelOptions } from "./check-options.js"
import type { KernelModule } from "./declared-ports.js"
import { type DeclaredInput, externalInputs } from "./external-inputs.js"
import * as kind from "./field-kinds.js"
import { classifyChoices, defaultMesh, meshChoices, productNames, waterOrigins } from "./kernels/presets.js"
import { defaultMemory } from "./memory-limit.js"

const products = kind.subset("product", productNames)
const pointOrigins = ["classes", "unclassified"] as const
const overlap = kind.oneOf("value", ["keep", "drop"])
const colours = kind.oneOf("value", ["solve", "none"])
const heightKinds = ["orthometric", "ellipsoidal"] as const
const meshes = ["mesh", "texture"]

/** The fields, in the order of the resolved job. */
export const jobFields = {
  inputs: {
    ...kind.paths("input"),
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
    flag: "-o, --out <dir>",
    required: true,
    group: "output",
    hash: "none",
    help: { en: "output folder", fr: "dossier de sortie" },
  },
  imagery: {
    ...kind.paths("existing"),
    flag: "--imagery <path...>",
    default: [],
    group: "inputs",
    hash: "content",
    help: { en: "aerial images: files and folders", fr: "images aériennes : fichiers et dossiers" },
  },
  irc: {
    ...kind.somePaths,
    flag: "--irc <path...>",
    group: "inputs",
    hash: "content",
    help: {
      en: "colour-infrared orthophotos: files and folders",
      fr: "orthophotos infrarouge couleur : fichiers et dossiers",
    },
    more: {
      en: "near infrared, red, green, of the same area; they become a second image of each texture",
      fr: "proche infrarouge, rouge, vert, de la même zone ; elles forment une seconde image de chaque texture",
    },
  },
  orientedImages: {
    ...kind.somePaths,
    flag: "--oriented-images <path...>",
    group: "inputs",
    hash: "content",
    help: { en: "images with a known camera and attitude", fr: "images de caméra et d’attitude connues" },
    more: {
      en: "JPEG, TIFF, COG or JP2 files, or their folders; the names are those of the shots",
      fr: "fichiers JPEG, TIFF, COG ou JP2, ou leurs dossiers ; les noms sont ceux des clichés",
    },
  },
  orientation: {
    ...kind.somePaths,
    flag: "--orientation <path...>",
    fallback: { en: "searched among the images", fr: "cherchées parmi les images" },
    group: "inputs",
    hash: "content",
    help: { en: "cameras and attitudes of these images", fr: "caméras et attitudes de ces images" },
    more: {
      en: "OPK with Borea's camera files, MicMac or conic XML",
      fr: "OPK avec les fichiers de caméra de Borea, XML de MicMac ou conique",
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
    help: { en: "products to make", fr: "produits à calculer" },
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
    fallback: { en: "all", fr: "toutes" },
    group: "products",
    hash: "content",
    help: { en: "vector layers, e.g. building,water", fr: "couches vecteur, comme building,water" },
    more: { en: "docs/reference/layers.md lists them", fr: "docs/reference/layers.md en donne la liste" },
  },
  allowMissing: {
    schema: { type: "array", minItems: 1, uniqueItems: true, items: { type: "string" } },
    parse: "list",
    check: (value: readonly string[]): readonly string[] => [...new Set(value)].sort(),
    flag: "--allow-missing <list>",
    fallback: { en: "nothing", fr: "rien" },
    group: "products",
    hash: "none",
    help: {
      en: "no exit code 1 without these: inputs, or layers of --layers",
      fr: "sans ceux-ci, pas de code de sortie 1 : inputs, ou des couches de --layers",
    },
    more: {
      en: "inputs: files that cannot be used, such as those in another CRS",
      fr: "inputs : les fichiers inutilisables, comme ceux d’un autre système de coordonnées",
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
      en: "add the source files of features, in a column",
      fr: "ajouter les fichiers source des objets, en colonne",
    },
  },
  vectorFormats: {
    ...kind.subset("vector format", vectorFormats, ["fgb"]),
    flag: "--vector-format <list>",
    default: [],
    fallback: { en: "none", fr: "aucun" },
    group: "products",
    hash: "none",
    help: { en: "further vector formats", fr: "autres formats vecteur" },
    more: { en: "FlatGeobuf is always written", fr: "FlatGeobuf est toujours écrit" },
  },
  vectorSchema: {
    ...kind.oneOf("schema", schemaNames),
    flag: "--schema <name>",
    default: schemaNames[0],
    group: "products",
    hash: "none",
    alters: ["vector"],
    help: { en: "attribute names in these formats", fr: "noms des attributs dans ces formats" },
    more: {
      en: "maille's own, or those of BD TOPO for buildings",
      fr: "ceux de maille, ou ceux de la BD TOPO pour les bâtiments",
    },
  },
  mesh: {
    ...kind.oneOf("mesh", meshChoices),
    flag: "--mesh <way>",
    default: defaultMesh,
    group: "products",
    hash: "content",
    alters: meshes,
    help: { en: "model, ground or surface", fr: "model, ground ou surface" },
    more: {
      en: "model: ground, buildings, bridges and vegetation; ground: the terrain; surface: one surface over everything",
      fr: "model : sol, bâtiments, ponts et végétation ; ground : le terrain ; surface : une surface sur l’ensemble",
    },
  },
  tileSize: {
    ...kind.oneNumber(tileSizes, "The sides divide or equal the 1 km of a delivered tile, on the grid from (0, 0)."),
    flag: "--tile-size <m>",
    default: tileSizes[0],
    group: "products",
    hash: "content",
    alters: productNames,
    help: { en: "side of a work tile", fr: "côté d’une tuile de travail" },
    more: { en: `one of ${tileSizes.join(", ")} m`, fr: `parmi ${tileSizes.join(", ")} m` },
  },
  density: {
    ...kind.oneNumber(densities, "Leave it out to find it from the inputs. 8 stands for all above."),
    flag: "--density <n>",
    fallback: { en: "found from the inputs", fr: "celle des données" },
    group: "products",
    hash: "content",
    alters: productNames,
    help: {
      en: "points per m² that defaults of kernels suit: 1, 2, 4 or 8",
      fr: "points par m² auxquels s’adaptent les noyaux : 1, 2, 4 ou 8",
    },
    more: {
      en: "points of all inputs by the area of their boxes; 8 stands for all above",
      fr: "points de toutes les entrées sur l’aire de leurs emprises ; 8 vaut pour tout au-delà",
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
      en: "keep one point per class in cells of this side",
      fr: "ne garder qu’un point par classe et par maille de ce côté",
    },
    more: {
      en: "for kernels that state no distance of their own",
      fr: "pour les noyaux qui ne fixent pas leur propre distance",
    },
  },
  keepPoints: {
    ...kind.spacing("none"),
    flag: "--keep-points [m]",
    bare: 0.5,
    fallback: { en: "none", fr: "aucun" },
    group: "products",
    hash: "content",
    alters: productNames,
    help: { en: "also write points this far apart, as COPC", fr: "écrire aussi des points, à cette distance, en COPC" },
    more: { en: "for viewing; 0.5 without a number", fr: "pour la visualisation ; 0,5 sans nombre" },
  },
  maxTriangles: {
    ...kind.whole(100, 10_000_000),
    flag: "--max-triangles <n>",
    // Keeps a content below 1 MB, its image included.
    default: 50_000,
    group: "products",
    hash: "value",
    alters: meshes,
    help: { en: "most triangles in one file of the tileset", fr: "triangles par fichier du tileset, au plus" },
    more: {
      en: "a tile with more is written in parts; a coarser tile above several has at most four times as many",
      fr: "une tuile qui en a plus est écrite en parties ; une tuile plus grossière qui en couvre plusieurs en a au plus le quadruple",
    },
  },
  textureFormat: {
    ...kind.oneOf("texture format", textureFormats),
    flag: "--texture-format <name>",
    default: defaultTextureFormat,
    group: "products",
    hash: "stated",
    alters: ["texture"],
    help: { en: "image format of the textures", fr: "format d’image des textures" },
  },
  meshCompression: {
    ...kind.oneOf("mesh compression", meshCompressions),
    flag: "--mesh-compression <name>",
    default: defaultMeshCompression,
    group: "products",
    hash: "stated",
    alters: meshes,
    help: { en: "compression of the meshes", fr: "compression des maillages" },
    more: {
      en: "none: larger, but any glTF reader opens them",
      fr: "none : plus gros, mais lisibles par tout lecteur glTF",
    },
  },
  workers: {
    ...kind.whole(1, 1024),
    flag: "--workers <n>",
    default: availableParallelism,
    fallback: { en: "one per processor", fr: "un par processeur" },
    group: "resources",
    hash: "none",
    help: { en: "worker threads", fr: "fils d’exécution" },
  },
  memory: {
    ...kind.parsed({ type: ["string", "integer"] }, parseBytes),
    formOf: "memoryBytes",
    flag: "--memory <size>",
    fallback: { en: "80 % of the machine's", fr: "80 % de la machine" },
    group: "resources",
    hash: "none",
    help: { en: "memory of all workers, such as 8G", fr: "mémoire totale, comme 8G" },
    more: { en: "in a container, 80 % of its limit", fr: "dans un conteneur, 80 % de sa limite" },
  },
  memoryBytes: {
    ...kind.parsed({ type: "integer", minimum: leastMemory }, parseBytes),
    default: () => defaultMemory(),
    group: "resources",
    hash: "none",
    help: { en: "the same in bytes, as in the resolved job", fr: "la même en octets, comme dans le traitement résolu" },
  },
  taskTimeout: {
    ...kind.seconds("Leave it out for 50 times what a task is estimated at, an hour at least; 0 is no limit."),
    flag: "--task-timeout <seconds>",
    fallback: { en: "50 times its estimate, at least an hour", fr: "50 fois son estimation, au moins une heure" },
    group: "resources",
    hash: "none",
    help: {
      en: "processor time after which a task is stopped",
      fr: "temps processeur après lequel une tâche est arrêtée",
    },
    more: { en: "0: never", fr: "0 : jamais" },
  },
  aoi: {
    ...kind.path("existing"),
    flag: "--aoi <file>",
    group: "place",
    hash: "none",
    help: { en: "only tiles that touch these polygons", fr: "seulement les tuiles qui touchent ces polygones" },
    more: { en: "GeoJSON or FlatGeobuf", fr: "GeoJSON ou FlatGeobuf" },
  },
  bbox: {
    ...kind.parsed({ type: "array", items: { type: "number" }, minItems: 4, maxItems: 4 }, parseBox),
    flag: "--bbox <x,y,x,y>",
    group: "place",
    hash: "none",
    help: { en: "only tiles that touch this box, CRS metres", fr: "seulement les tuiles qui touchent cette boîte" },
    more: { en: "minX,minY,maxX,maxY", fr: "minX,minY,maxX,maxY en mètres du système de coordonnées" },
  },
  departement: {
    ...kind.parsed({ type: "array", minItems: 1, items: kind.text.schema }, parseCodes),
    parse: "list",
    flag: "--departement <codes>",
    group: "place",
    hash: "content",
    help: { en: "only these départements, such as 34,67", fr: "seulement ces départements, comme 34,67" },
    more: {
      en: "tiles that touch them, and the vector objects inside them",
      fr: "les tuiles qui les touchent, et les objets vecteur qui s’y trouvent",
    },
  },
  limits: {
    ...kind.path("existing"),
    flag: "--limits <file>",
    group: "place",
    hash: "content",
    help: { en: "polygons of the départements, with codes", fr: "polygones des départements, avec leurs codes" },
    more: { en: "FlatGeobuf, GeoJSON, GeoPackage or Shapefile", fr: "FlatGeobuf, GeoJSON, GeoPackage ou Shapefile" },
  },
  classify: {
    ...kind.oneOf("classification", classifyChoices),
    flag: "--classify <what>",
    fallback: { en: "none", fr: "aucune" },
    group: "inputs",
    hash: "content",
    alters: productNames,
    help: {
      en: "classify points first: ground, where no class 2 exists",
      fr: "classer d’abord les points : ground, s’il n’y a pas de classe 2",
    },
    more: {
      en: "a ground filter replaces class 2; products name it",
      fr: "un filtre du sol remplace la classe 2 ; les produits le mentionnent",
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
      fr: "CRS des points qui n’en ont pas, comme EPSG:2154",
    },
  },
  classes: {
    ...kind.nameOrPath("class scheme", schemeNames),
    flag: "--classes <scheme>",
    fallback: { en: "lidarhd for LiDAR HD, else asprs", fr: "lidarhd pour LiDAR HD, sinon asprs" },
    group: "inputs",
    hash: "content",
    alters: productNames,
    help: { en: "class scheme of the points", fr: "nomenclature des classes des points" },
    more: {
      en: 'or a JSON file of classes, such as {"26": 17, "21": null}; null leaves points out',
      fr: 'ou un fichier JSON de classes, comme {"26": 17, "21": null} ; null écarte les points',
    },
  },
  edits: {
    ...kind.path("existing"),
    flag: "--edits <file>",
    group: "inputs",
    hash: "content",
    alters: productNames,
    help: { en: "changes of the land to build with", fr: "modifications du terrain à prendre en compte" },
    more: {
      en: "GeoJSON features whose action is build, raze, raise, level, dyke, ditch, plant, fell or water",
      fr: "objets GeoJSON dont action est build, raze, raise, level, dyke, ditch, plant, fell ou water",
    },
  },
  overlap: {
    ...overlap,
    // The default is omitted, as in jobs written without this field.
    check: (value: string, context: kind.CheckContext): "drop" | undefined =>
      overlap.check(value, context) === "drop" ? "drop" : undefined,
    flag: "--overlap <way>",
    default: "keep",
    group: "inputs",
    hash: "content",
    alters: productNames,
    help: { en: "keep or drop overlap points", fr: "garder (keep) ou écarter (drop) les points de recouvrement" },
    more: {
      en: "those with the overlap flag or, in point formats 0 to 5, of class 12",
      fr: "ceux qui portent ce drapeau ou, dans les formats de point 0 à 5, la classe 12",
    },
  },
  vegetationFrom: {
    ...kind.oneOf("value", pointOrigins),
    flag: "--vegetation-from <points>",
    fallback: { en: "unclassified for ahn and 3dep, else classes", fr: "unclassified pour ahn et 3dep, sinon classes" },
    group: "inputs",
    hash: "content",
    alters: productNames,
    help: { en: "points of vegetation: classes or unclassified", fr: "points de végétation : classes ou unclassified" },
    more: {
      en: "unclassified: also unclassified points more than 2 m above ground, outside buildings",
      fr: "unclassified : aussi les points non classés à plus de 2 m du sol, hors des bâtiments",
    },
  },
  buildingsFrom: {
    ...kind.oneOf("value", pointOrigins),
    flag: "--buildings-from <points>",
    fallback: { en: "unclassified for 3dep, else classes", fr: "unclassified pour 3dep, sinon classes" },
    group: "inputs",
    hash: "content",
    alters: productNames,
    help: { en: "points of buildings: classes or unclassified", fr: "points de bâtiments : classes ou unclassified" },
    more: {
      en: "unclassified: also unclassified last returns more than 2 m above ground inside {footprints}",
      fr: "unclassified : aussi les derniers retours non classés à plus de 2 m du sol, dans {footprints}",
    },
  },
  waterFrom: {
    ...kind.oneOf("value", waterOrigins),
    flag: "--water-from <origin>",
    fallback: { en: "classes for LiDAR HD, else voids", fr: "classes pour LiDAR HD, sinon voids" },
    group: "inputs",
    hash: "content",
    alters: ["mesh", "texture", "vector"],
    help: { en: "origin of water: classes or voids", fr: "origine de l’eau : classes ou voids" },
    more: {
      en: "voids: also places without any return between level banks, as lakes at the level of the banks",
      fr: "voids : aussi les endroits sans aucun retour entre des rives de niveau, comme lacs au niveau des rives",
    },
  },
  epsg: {
    ...kind.parsed({ type: "integer" }, parseEpsg),
    group: "inputs",
    hash: "content",
    help: {
      en: "the same as a number, as in the resolved job",
      fr: "le même en nombre, comme dans le traitement résolu",
    },
  },
  heights: {
    schema: { enum: heightKinds },
    check: (value: string, { flag }: kind.CheckContext) => {
      const found = heightKinds.find((name) => name === value)
      if (found !== undefined) return found
      const expected = "orthometric (above the geoid, as LiDAR HD) or ellipsoidal"
      throw usageError(flag, `"${value}"`, expected, "Leave it out for LiDAR HD.")
    },
    flag: "--heights <kind>",
    default: heightKinds[0],
    group: "inputs",
    hash: "value",
    alters: productNames,
    help: {
      en: "heights of the points: orthometric or ellipsoidal",
      fr: "altitudes des points : orthometric ou ellipsoidal",
    },
    more: {
      en: "orthometric: above the geoid, as in LiDAR HD",
      fr: "orthometric : au-dessus du géoïde, comme dans LiDAR HD",
    },
  },
  vertical: {
    ...kind.parsed({ type: "integer" }, parseEpsg),
    flag: "--vertical <EPSG:n>",
    group: "inputs",
    hash: "content",
    alters: meshes,
    help: {
      en: "vertical CRS of the points, which names the geoid grid to look for",
      fr: "système vertical des points, qui désigne la grille de géoïde à chercher",
    },
    more: {
      en: "such as EPSG:5720 (NGF-IGN69) or EPSG:5709 (NAP); the code of a compound CRS will do",
      fr: "comme EPSG:5720 (NGF-IGN69) ou EPSG:5709 (NAP) ; le code d’un système composé convient",
    },
  },
  geoid: {
    ...kind.path("existing"),
    flag: "--geoid <file>",
    group: "inputs",
    hash: "content",
    alters: meshes,
    help: {
      en: "geoid grid (GeoTIFF) that places products on the globe",
      fr: "grille de géoïde (GeoTIFF) qui place les produits sur le globe",
    },
  },
  kernels: {
    ...kind.paths("module"),
    flag: "--kernel <name...>",
    default: [],
    group: "advanced",
    hash: "content",
    help: {
      en: "kernels to run besides those that the products need",
      fr: "noyaux à exécuter en plus de ceux que demandent les produits",
    },
    more: {
      en: "built-in ids, paths of modules, or names of installed packages",
      fr: "identifiants intégrés, chemins de modules ou noms de paquets installés",
    },
  },
  prefer: {
    ...kind.text,
    flag: "--prefer <text>",
    group: "products",
    hash: "value",
    alters: ["texture"],
    help: {
      en: "prefer images with this text in their names",
      fr: "préférer les images dont le nom contient ce texte",
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
    help: { en: "match the colours of images, or keep them", fr: "accorder les couleurs des images, ou les garder" },
    more: {
      en: "solve: one gain and one bias per image; none: as they are",
      fr: "solve : un gain et un biais par image ; none : telles quelles",
    },
  },
  newColours: {
    ...kind.toggle,
    flag: "--new-colours",
    default: false,
    fallback: { en: "keep those of the output folder", fr: "garder celles du dossier de sortie" },
    group: "products",
    hash: "none",
    help: { en: "match the colours of all images again", fr: "accorder de nouveau les couleurs de toutes les images" },
    more: { en: "a new edition of the textures", fr: "une nouvelle édition des textures" },
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
    help: { en: "attribution and licence of the products", fr: "mention de source et de licence des produits" },
  },
  sourceStated: {
    ...kind.written<boolean>("boolean"),
    group: "advanced",
    hash: "none",
    help: {
      en: "in the resolved job: the user stated the source",
      fr: "dans le traitement résolu : la source vient de l’utilisateur",
    },
  },
  pack: {
    ...kind.toggle,
    flag: "--pack",
    default: false,
    group: "output",
    hash: "none",
    help: { en: "write few files: tiles in archives", fr: "écrire peu de fichiers : tuiles en archives" },
    more: {
      en: "3D Tiles archives (.3tz) and ZIPs, one set per run or shard",
      fr: "archives 3D Tiles (.3tz) et ZIP, un jeu par exécution ou par lot",
    },
  },
  force: {
    schema: { type: "boolean" },
    check: (value: boolean): boolean => value,
    flag: "--force",
    default: false,
    group: "output",
    hash: "none",
    help: { en: "build everything again", fr: "tout recalculer" },
  },
  version: {
    ...kind.written<string>("string"),
    group: "advanced",
    hash: "none",
    help: {
      en: "in the resolved job: version of maille that wrote it; not read",
      fr: "dans le traitement résolu : version de maille qui l’a écrit ; ignorée",
    },
  },
  pointsBox: {
    schema: { type: "array", items: { type: "number" }, minItems: 4, maxItems: 4 },
    check: (value: Box2): Box2 => value,
    written: true,
    group: "advanced",
    hash: "none",
    help: {
      en: "in the resolved job: box around the points of all inputs; not read",
      fr: "dans le traitement résolu : emprise des points de toutes les entrées ; ignorée",
    },
  },
  leafLevel: {
    ...kind.written<number>("integer"),
    group: "advanced",
    hash: "none",
    help: {
      en: "in the resolved job: level of the work tiles; not read",
      fr: "dans le traitement résolu : niveau des tuiles de travail ; ignoré",
    },
  },
  modules: {
    ...kind.written<readonly KernelModule[]>("array"),
    group: "advanced",
    hash: "none",
    help: {
      en: "in the resolved job: path, SHA-256 and products of third-party kernels, for viewers",
      fr: "dans le traitement résolu : chemin, SHA-256 et produits des noyaux tiers, pour les visionneuses",
    },
  },
} satisfies Readonly<Record<string, kind.JobField>>

type Rows = typeof jobFields
export type FieldName = keyof Rows

/** A field with its name. */
export type FieldRow = readonly [name: string, field: kind.JobField]

/** The fields of every job, in order. */
export const fieldRows = Object.entries(jobFields) as unknown as readonly (readonly [FieldName, kind.JobField])[]

/** The first field of a job whose value has not the type that its schema states, if any. */
export const fieldOfWrongType = (job: object): WrongField | undefined => {
  for (const [name, { schema }] of fieldRows) {
    const value = (job as Readonly<Record<string, unknown>>)[name]
    const { type, items } = schema as { readonly type?: string; readonly items?: kind.JsonSchema }
    const isBoxText = typeof value === "string" && items?.["type"] === "number"
    if (type === undefined || value === undefined || isBoxText) continue
    const ofItems = items?.["type"] === undefined ? {} : { items: { type: items["type"] } }
    if (conforms(value, { type, ...ofItems })) continue
    const { minimum, maximum } = schema as { readonly minimum?: number; readonly maximum?: number }
    const range = minimum === undefined || maximum === undefined ? "" : ` from ${minimum} to ${maximum}`
    return { name, value, expected: `${type}${range}` }
  }
  return undefined
}

interface WrongField {
  readonly name: FieldName
  readonly value: unknown
  /** The type, and the range of numbers. */
  readonly expected: string
}

/** Field before which those of external inputs have their place. */
const AFTER_EXTERNAL: FieldName = "crs"

/**
 * The fields of jobs with these kernels, in order: those of every job, and one for each external
 * input of the kernels.
 *
 * @throws EngineError E_USAGE for an input whose name or flag another one or a field has
 */
export const listFields = (kernels: readonly Pick<KernelOptions, "id" | "inputs">[]): readonly FieldRow[] => {
  const inputs = externalInputs(kernels)
  const flags = new Map<string, string>(fieldRows.map(([name]) => [flagOf(name), name]))
  for (const { name, flag, kernel } of inputs)
    if (Object.hasOwn(jobFields, name) || flags.has(flag))
      throw new EngineError(
        "E_USAGE",
        `kernel ${kernel}: ${flag} (${name}) is a field of every job. Choose other names.`,
      )
  const flagOfRole = (role: string): string => inputs.find((one) => one.role === role)?.flag ?? role
  const named = (text: string): string => text.replaceAll(/\{([\w-]+)\}/g, (_, role: string) => flagOfRole(role))
  const rows = fieldRows.map(([name, field]): FieldRow => {
    const { more } = field
    return [name, more?.en.includes("{") ? { ...field, more: { en: named(more.en), fr: named(more.fr) } } : field]
  })
  const place = rows.findIndex(([name]) => name === AFTER_EXTERNAL)
  return [
    ...rows.slice(0, place),
    ...inputs.map((input): FieldRow => [input.name, externalField(input)]),
    ...rows.slice(place),
  ]
}

const externalField = ({ flag, help, more, common }: DeclaredInput): kind.JobField => ({
  ...kind.path("existing"),
  flag: `${flag} <file>`,
  group: "inputs",
  hash: "content",
  help,
  ...(more && { more }),
  ...(common && { common }),
})

/** Name of a field in messages: its flag or that of its other form, else its name in a job file. */
export const flagOf = (name: string, rows: readonly FieldRow[] = fieldRows): string => {
  const row = rows.find(([own, { flag, formOf }]) => flag !== undefined && (own === name || formOf === name))
  return /--[\w-]+/.exec(row?.[1].flag ?? "")?.[0] ?? name
}

type StatedValue<N extends FieldName> = Parameters<Rows[N]["check"]>[0]
type Checked<N extends FieldName> = ReturnType<Rows[N]["check"]>
type Resolved = { [N in FieldName]: Rows[N] extends { formOf: string } | { written: true } ? never : N }[FieldName]
type Stated = { [N in FieldName]: Rows[N] extends { required: true } ? N : never }[FieldName]
type Always = {
  [N in Resolved]: undefined extends Checked<N> ? never : Rows[N] extends { default: unknown } ? N : never
}[Resolved]

/** A job as callers and job files state it. */
export type StatedFields = { readonly [N in keyof Pick<Rows, Stated>]: StatedValue<N> } & {
  readonly [N in keyof Omit<Rows, Stated>]?: StatedValue<N>
}
/** A checked job with its defaults. */
export type ResolvedFields = { readonly [N in keyof Pick<Rows, Always | Stated>]: Checked<N> } & {
  readonly [N in keyof Pick<Rows, Exclude<Resolved, Always | Stated>>]?: Exclude<Checked<N>, undefined>
}

/** Returns the value that a job states for a field, in either of its forms, else the default. */
export const fieldValue = (job: Partial<StatedFields>, name: string): unknown => {
  const stated = job as Readonly<Record<string, unknown>>
  const usual = (jobFields as Readonly<Record<string, kind.JobField>>)[name]?.default
  const form = fieldRows.find(([, { formOf }]) => formOf === name)?.[0]
  return stated[name] ?? (form && stated[form]) ?? (typeof usual === "function" ? usual() : usual)
}

/** Returns the path that a job names for an external input. */
export const externalPath = (job: Partial<StatedFields>, name: string): string | undefined => {
  const path = fieldValue(job, name)
  return typeof path === "string" ? path : undefined
}

/** Returns the values that enter hashes by themselves, of fields that alter one of the products. */
export const hashedFields = (
  job: ResolvedFields,
  isMade: (product: string) => boolean = () => true,
): Record<string, unknown> =>
  Object.fromEntries(
    fieldRows.flatMap(([name, field]) => {
      if (field.alters !== undefined && !field.alters.some(isMade)) return []
      if (field.hash === "value") return [[name, fieldValue(job, name) ?? ""]]
      return field.hash === "stated" && fieldValue(job, name) !== field.default ? [[name, fieldValue(job, name)]] : []
    }),
  )
