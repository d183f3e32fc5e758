/** Describes rasters: a collection for each, an item for each work tile or pack. */
import { findInside } from "../core/files/join-inside.js"
import type { Box2 } from "../core/geometry/box.js"
import { elementAt } from "../core/lists.js"
import { type BandFacts, type RasterFileFacts, readRasterFacts } from "../formats/raster/tiff/read-facts.js"
import { contentType } from "../io/file-kind.js"
import { inParallel } from "../io/in-parallel.js"
import { makerOf } from "../job/declared-ports.js"
import { layout } from "../job/layout.js"
import { placeOf } from "../journal/packed-file.js"
import {
  boxOfGroup,
  describeGroup,
  type FinishedFolder,
  groupTiles,
  INPUTS,
  listTileFiles,
  type TileGroup,
} from "./finished-folder.js"
import {
  type CollectionDraft,
  type Fields,
  fileFields,
  hrefFromCollection,
  hrefFromItem,
  type ItemDraft,
  placeBox,
  projectionFields,
} from "./stac.js"

/** Names of the other collections. */
const RESERVED: ReadonlySet<string> = new Set(["mesh", "vector", "points", INPUTS])

/** Headers read at once. */
const OPEN_AT_ONCE = 8

/** The collections of all rasters with a file, ordered by name. */
export const describeRasters = async (folder: FinishedFolder): Promise<CollectionDraft[]> => {
  const names = new Set<string>()
  for (const path of folder.files.keys()) {
    const name = /^raster\/([^/]+)\/\d+-\d+-\d+\.tif$/.exec(path)?.[1]
    if (name !== undefined) names.add(name)
  }
  const collections: CollectionDraft[] = []
  for (const name of [...names].sort()) collections.push(await describeRaster(folder, name))
  return collections
}

const describeRaster = async (folder: FinishedFolder, name: string): Promise<CollectionDraft> => {
  const tiles = listTileFiles(folder, `raster/${name}/`, /^(\d+)-(\d+)-(\d+)\.tif$/)
  const groups = groupTiles(tiles)
  const items = await inParallel(groups, OPEN_AT_ONCE, (group) => describeItem(folder, name, group))
  const mosaic = folder.files.get(layout.mosaic(name))
  const label = folder.ports.rasters.get(name)?.style?.label ?? name
  return {
    id: RESERVED.has(name) ? `raster-${name}` : name,
    title: label,
    description: makerOf(folder.ports, name)?.summary ?? label,
    assets:
      mosaic === undefined
        ? {}
        : {
            mosaic: {
              href: hrefFromCollection(mosaic.path),
              type: contentType(mosaic.path),
              roles: ["data"],
              title: "GDAL virtual mosaic of all work tiles",
              ...fileFields(mosaic),
            },
          },
    links: [],
    items,
  }
}

const describeItem = async (folder: FinishedFolder, name: string, group: TileGroup): Promise<ItemDraft> => {
  const box = boxOfGroup(folder, group)
  const facts: RasterFileFacts[] = []
  for (const { file } of group.tiles) facts.push(await readRasterFacts(await findInside(folder.out, placeOf(file))))
  const first = elementAt(facts, 0)
  const { fields, links } = describeGroup(folder, group, `product ${name}`)
  return {
    id: group.id,
    ...placeBox(folder.crs, box),
    properties: {
      ...fields,
      ...projectionFields(folder.context.epsg, first.verticalEpsg),
      ...placeFields(box, group, first),
    },
    assets: {
      data: {
        ...(await describeFile(folder, group)),
        title: name,
        "raster:spatial_resolution": first.cellSize,
        "raster:sampling": "area",
        bands: first.bands.map((band, i) => ({
          name: band.name ?? name,
          data_type: band.type,
          ...(first.noData === undefined ? {} : { nodata: Number.isNaN(first.noData) ? "nan" : first.noData }),
          ...(band.unit === undefined ? {} : { unit: band.unit }),
          ...joinStatistics(facts.map(({ bands }) => elementAt(bands, i))),
        })),
      },
    },
    links,
  }
}

/** The file of a group, or its pack, as an asset. */
export const describeFile = async (folder: FinishedFolder, { pack, tiles }: TileGroup) => {
  const file = pack === undefined ? elementAt(tiles, 0).file : await folder.describePack(pack)
  return { href: hrefFromItem(file.path), type: contentType(file.path), roles: ["data"], ...fileFields(file) }
}

/** A pack has a box only: its rasters have cells of their own. */
const placeFields = (box: Box2, { pack }: TileGroup, { cellSize }: RasterFileFacts): Fields => {
  const [minX, minY, maxX, maxY] = box
  if (pack !== undefined) return { "proj:bbox": box }
  return {
    "proj:bbox": box,
    "proj:shape": [Math.round((maxY - minY) / cellSize), Math.round((maxX - minX) / cellSize)],
    "proj:transform": [cellSize, 0, minX, 0, -cellSize, maxY],
  }
}

/** Statistics of one file; of several, only what follows from theirs. */
const joinStatistics = (bands: readonly BandFacts[]): { readonly statistics?: Fields } => {
  const known = bands.map(({ statistics }) => statistics).filter(({ MINIMUM }) => MINIMUM !== undefined)
  const [only] = known
  if (only === undefined) return {}
  const all = (name: string): number[] => known.map((one) => one[name] ?? Number.NaN)
  const range = { minimum: Math.min(...all("MINIMUM")), maximum: Math.max(...all("MAXIMUM")) }
  if (bands.length > 1) return { statistics: range }
  const { MEAN: mean, STDDEV: stddev, VALID_PERCENT: valid = 100 } = only
  return { statistics: { ...range, mean, stddev, valid_percent: valid } }
}
