/** Describes points: the kept ones, and the source tiles of the job. */
import { realpath } from "node:fs/promises"
import { join, relative } from "node:path"
import { joinInside } from "../core/files/join-inside.js"
import type { Box2 } from "../core/geometry/box.js"
import { elementAt } from "../core/lists.js"
import { isLacking } from "../errors.js"
import { openPointFile, type PointFileInfo } from "../formats/points/point-file.js"
import { TileKey } from "../grid/tile-key.js"
import { isUrl } from "../io/byte-source.js"
import { contentType } from "../io/file-kind.js"
import { inParallel } from "../io/in-parallel.js"
import { layout } from "../job/layout.js"
import { indexBoxes } from "../spatial/box-index.js"
import { CATALOGUE, type FinishedFolder, hashFiles, INPUTS, ITEMS, processingFields, VPC } from "./finished-folder.js"
import {
  type Asset,
  type CollectionDraft,
  dateFields,
  type Fields,
  fileFields,
  type GpsTimes,
  hrefFromItem,
  hrefOf,
  type ItemDraft,
  placeBox,
  projectionFields,
} from "./stac.js"

/** The kept points as a collection of one item; none without `--keep-points`. */
export const describePoints = async (folder: FinishedFolder): Promise<CollectionDraft[]> => {
  const file = folder.files.get(layout.points)
  if (file === undefined) return []
  const info = await readHeader(joinInside(folder.out, layout.points))
  if (info === undefined) return []
  const item: ItemDraft = {
    id: "points",
    ...placeBox(folder.crs, info.box),
    properties: {
      ...dateFields([...folder.times.values()], folder.at),
      ...processingFields(folder, "", []),
      version: hashFiles([file]),
      ...pointFields(folder, info),
    },
    assets: {
      data: { href: hrefFromItem(file.path), type: contentType(file.path), roles: ["data"], ...fileFields(file) },
    },
    links: [{ rel: "derived_from", href: `../../${INPUTS}/collection.json`, type: "application/json" }],
  }
  return [
    { id: "points", title: "Points", description: "Points of the job, thinned.", assets: {}, links: [], items: [item] },
  ]
}

/** A source tile whose header can be read. */
export interface SourceTile {
  readonly item: ItemDraft
  readonly info: PointFileInfo
  /** Of the file, as a virtual point cloud states it: an address, or `./` and a path. */
  readonly place: string
}

/**
 * The source tiles of the job, as items. Their files lie outside the output folder, so items have
 * no checksum. A tile that cannot be opened any more keeps name and place, without asset: `lost`
 * are their paths.
 */
export const describeSources = async (
  folder: FinishedFolder,
): Promise<{ collection: CollectionDraft; tiles: SourceTile[]; lost: string[] }> => {
  const { context, sourceIds, out, crs } = folder
  const from = joinInside(await realpath(out), `${CATALOGUE}/${INPUTS}/${ITEMS}`)
  const timesIn = indexTimes(folder)
  const lost: string[] = []
  const tiles: SourceTile[] = []
  const drafts = await inParallel([...context.sources.entries()], OPEN_AT_ONCE, async ([index, source]) => {
    const { path, box, stamp } = source
    const info = await readHeader(path)
    if (info === undefined) lost.push(path)
    const item: ItemDraft = {
      id: elementAt(sourceIds, index),
      ...placeBox(crs, info?.box ?? box),
      properties: {
        ...dateFields(timesIn(box), folder.at),
        ...(info === undefined ? projectionFields(context.epsg, context.verticalEpsg) : pointFields(folder, info)),
      },
      assets: info === undefined ? {} : { data: { ...describeFile(info, from), ...sizeFields(stamp) } },
      links: [],
    }
    return { item, info }
  })
  for (const { item, info } of drafts)
    if (info !== undefined) tiles.push({ item, info, place: placeFrom(join(from, "../.."), info.path) })
  const collection: CollectionDraft = {
    id: INPUTS,
    title: "Source tiles",
    description: "Point files that the products are made from.",
    assets: {
      vpc: { href: `../${VPC}`, type: contentType(VPC), roles: ["index"], title: "Virtual point cloud" },
    },
    links: [],
    items: drafts.map(({ item }) => item),
  }
  return { collection, tiles, lost: lost.sort() }
}

/** Headers read at once. */
const OPEN_AT_ONCE = 16

/** The header of a point file; undefined where it cannot be opened. */
const readHeader = async (path: string): Promise<PointFileInfo | undefined> => {
  try {
    const file = await openPointFile(path)
    await file.close()
    return file.info
  } catch (error) {
    if (isLacking(error)) throw error
    return undefined
  }
}

/** The GPS times of work tiles that meet a box. */
const indexTimes = ({ times, context }: FinishedFolder): ((box: Box2) => GpsTimes[]) => {
  const known = [...times]
  const index = indexBoxes(known.map(([key]) => TileKey.box(context.grid, TileKey.parse(key))))
  return (box) => index.search(box).map((i) => elementAt(known, i)[1])
}

const placeFrom = (folder: string, path: string): string =>
  isUrl(path) ? path : `./${relative(folder, path).replaceAll("\\", "/")}`

const describeFile = ({ path, format }: PointFileInfo, from: string): Asset => ({
  href: isUrl(path) ? path : hrefOf(relative(from, path).replaceAll("\\", "/")),
  type: contentType(`points.${format === "copc" ? "copc.laz" : format}`),
  roles: ["data"],
})

const sizeFields = (stamp: string | undefined): Fields =>
  stamp === undefined ? {} : { "file:size": Number(stamp.split("-")[0]) }

const pointFields = ({ context }: FinishedFolder, info: PointFileInfo): Fields => {
  const { box, zRange, count } = info
  return {
    ...projectionFields(context.epsg, context.verticalEpsg),
    "proj:bbox": [box[0], box[1], zRange[0], box[2], box[3], zRange[1]].map(roundMillimetres),
    "pc:count": count,
    "pc:type": "lidar",
    "pc:schemas": listDimensions(info),
  }
}

const roundMillimetres = (value: number): number => Math.round(1000 * value) / 1000

type Dimension = readonly [name: string, size: number, type: "floating" | "signed" | "unsigned"]

/** Dimensions of a point format under PDAL's names, without flags of single bits. */
const listDimensions = ({ pointFormat: format, extraBytes }: PointFileInfo) => {
  const has = (...formats: readonly number[]): boolean => formats.includes(format)
  const dimensions: Dimension[] = [
    ...["X", "Y", "Z"].map((name): Dimension => [name, 8, "floating"]),
    ["Intensity", 2, "unsigned"],
    ...["ReturnNumber", "NumberOfReturns", "Classification", "UserData"].map(
      (name): Dimension => [name, 1, "unsigned"],
    ),
    ["ScanAngleRank", 4, "floating"],
    ["PointSourceId", 2, "unsigned"],
    ...(has(0, 2) ? [] : [["GpsTime", 8, "floating"] as const]),
    ...(has(2, 3, 5, 7, 8, 10) ? ["Red", "Green", "Blue"] : []).map((name): Dimension => [name, 2, "unsigned"]),
    ...(has(8, 10) ? [["Infrared", 2, "unsigned"] as const] : []),
    ...extraBytes.flatMap(({ name, type }): Dimension[] => {
      const [, kind = "", bits] = /^(float|u?int)(\d+)$/.exec(type) ?? []
      if (bits === undefined) return []
      return [[name, Number(bits) / 8, kind === "float" ? "floating" : kind === "int" ? "signed" : "unsigned"]]
    }),
  ]
  return dimensions.map(([name, size, type]) => ({ name, size, type }))
}
