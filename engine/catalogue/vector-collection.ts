/** Describes the vector layers: one collection, an item for each layer. */
import { posix } from "node:path"
import { findInside } from "../core/files/join-inside.js"
import { announcedBy, openFlatGeobufHead } from "../formats/vector/flatgeobuf/feature.js"
import { readFields } from "../formats/vector/flatgeobuf/layer-stream.js"
import { vectorFormats } from "../formats/vector/write-format.js"
import { openBytes } from "../io/bytes.js"
import { contentType } from "../io/file-kind.js"
import { layout } from "../job/layout.js"
import type { WrittenFile } from "../journal/journal-record.js"
import { type FinishedFolder, hashFiles, INPUTS, processingFields } from "./finished-folder.js"
import {
  type Asset,
  type CollectionDraft,
  dateFields,
  fileFields,
  hrefFromCollection,
  hrefFromItem,
  type ItemDraft,
  type Link,
  placeBox,
  projectionFields,
} from "./stac.js"

/** The vector layers as a collection; none without a layer. */
export const describeLayers = async (folder: FinishedFolder): Promise<CollectionDraft[]> => {
  const names = [...folder.files.keys()].flatMap((path) => /^vector\/([^/]+)\.fgb$/.exec(path)?.[1] ?? []).sort()
  if (names.length === 0) return []
  const assets: Record<string, Asset> = {}
  const links: Link[] = []
  for (const format of vectorFormats) {
    const file = folder.files.get(layout.layersAs(format))
    if (file === undefined) continue
    assets[format] = { ...describeFile(file), href: hrefFromCollection(file.path), title: "all layers" }
    if (format === "pmtiles") {
      const { href, type, title } = assets[format]
      links.push({ rel: "pmtiles", href, type, title: String(title), "pmtiles:layers": names })
    }
  }
  const items: ItemDraft[] = []
  for (const name of names) items.push(await describeLayer(folder, name))
  return [
    {
      id: "vector",
      title: "Vector layers",
      description: "Whole objects with stable ids, a layer an item.",
      ...{ assets, links, items },
    },
  ]
}

const describeLayer = async (folder: FinishedFolder, name: string): Promise<ItemDraft> => {
  const path = layout.layer(name)
  const { count, box, fields } = await readHead(folder, path)
  const files = listFiles(folder, name)
  const port = folder.ports.layers.get(name)
  const columns = fields.map(({ name: column, type, description }) => {
    const { help, unit } = port?.columns?.[column] ?? { help: description, unit: undefined }
    const meaning = help === undefined ? undefined : `${help}${unit === undefined ? "" : `, ${unit}`}`
    return { name: column, type, ...(meaning === undefined ? {} : { description: meaning }) }
  })
  return {
    id: name,
    ...(box === undefined ? { geometry: null } : placeBox(folder.crs, box)),
    properties: {
      title: name,
      ...(port?.help === undefined ? {} : { description: port.help }),
      ...dateFields([...folder.times.values()], folder.at),
      ...processingFields(folder, `product ${name}`, []),
      version: hashFiles(files.map(({ file }) => file)),
      ...projectionFields(folder.context.epsg),
      ...(box === undefined ? {} : { "proj:bbox": box }),
      "table:row_count": count,
      "table:primary_geometry": "geometry",
      "table:columns": [{ name: "geometry", type: port?.geometry ?? "geometry" }, ...columns],
    },
    assets: Object.fromEntries(
      files.map(({ key, file }) => [
        key,
        // RFC 7946 has degrees only.
        { ...describeFile(file), ...(/^geojson/.test(key) ? { "proj:code": "OGC:CRS84" } : {}) },
      ]),
    ),
    links: [{ rel: "derived_from", href: `../../${INPUTS}/collection.json`, type: "application/json" }],
  }
}

const describeFile = (file: WrittenFile): Asset => ({
  href: hrefFromItem(file.path),
  type: contentType(file.path),
  roles: ["data"],
  ...fileFields(file),
})

/** The files of a layer by format. Solids belong to the layer whose name their file has. */
const listFiles = ({ files }: FinishedFolder, name: string) =>
  [
    { key: "data", path: layout.layer(name) },
    ...vectorFormats.map((format) => ({ key: format, path: layout.layerAs(name, format) })),
    ...(posix.basename(layout.solids).startsWith(`${name}.`) ? [{ key: "solids", path: layout.solids }] : []),
  ].flatMap(({ key, path }) => {
    const file = files.get(path)
    return file === undefined ? [] : [{ key, file }]
  })

const readHead = async ({ out }: FinishedFolder, path: string) => {
  const place = await findInside(out, path)
  const bytes = await openBytes(place)
  try {
    const head = await openFlatGeobufHead(bytes, place)
    return { count: head.meta.featuresCount, fields: readFields(head), ...announcedBy(head) }
  } finally {
    await bytes.close()
  }
}
