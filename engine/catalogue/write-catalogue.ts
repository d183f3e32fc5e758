/** Writes a STAC catalogue of a finished output folder, and a virtual point cloud of its inputs. */
import { posix } from "node:path"
import { joinInside, removeInside } from "../core/files/join-inside.js"
import { readJsonIfAny } from "../core/files/parse-file.js"
import { areObjects, isObject, type JsonObject } from "../core/json/json-shape.js"
import { EngineError } from "../errors.js"
import { writeIfChanged } from "../job/copied-text.js"
import { readRunFacts } from "../job/output-folder.js"
import { lockOutput } from "../journal/lock.js"
import { CATALOGUE, type FinishedFolder, ITEMS, openFinished, VPC } from "./finished-folder.js"
import { describeMesh } from "./mesh-collection.js"
import { describePoints, describeSources } from "./point-collections.js"
import { describeRasters } from "./raster-collections.js"
import {
  type CollectionDraft,
  type Fields,
  hrefOf,
  type ItemDraft,
  joinBoxes,
  type Link,
  listExtensions,
  STAC_VERSION,
} from "./stac.js"
import { describeLayers } from "./vector-collection.js"
import { describeCloud } from "./virtual-cloud.js"

/** What {@link writeCatalogue} has written. */
export interface WrittenCatalogue {
  /** Path of the root document. */
  readonly path: string
  readonly collections: readonly { readonly id: string; readonly items: number }[]
  /** Files written or unchanged, and files of a former catalogue that were removed. */
  readonly files: number
  readonly removed: number
  /** Source tiles that cannot be opened any more: the virtual point cloud lacks them. */
  readonly lost: readonly string[]
}

const ROOT = `${CATALOGUE}/catalog.json`

/**
 * Writes `catalogue/` into an output folder, by STAC 1.1: a catalogue, a collection for each
 * product, an item for each work tile, pack or layer. Only files that differ are written; those of
 * a former catalogue that are no longer part of it are removed. The same folder gives the same
 * bytes. They are no product: hashes of products, `validate` and runs pass them over.
 *
 * Sizes and hashes come from the journal; archives are read whole. O(work tiles × rasters).
 *
 * @throws EngineError E_INPUT for another folder, or one whose run has not ended; E_USAGE while a
 *   run holds the folder, or where `catalogue/` is of another program
 */
export const writeCatalogue = async (out: string): Promise<WrittenCatalogue> => {
  await readRunFacts(out)
  const lock = await lockOutput(out)
  try {
    return await writeLocked(await openFinished(out))
  } finally {
    await lock.release()
  }
}

const writeLocked = async (folder: FinishedFolder): Promise<WrittenCatalogue> => {
  const { out } = folder
  const former = await listFormer(out)
  const { collection: inputs, tiles, lost } = await describeSources(folder)
  const collections = [
    ...(await describeRasters(folder)),
    ...(await describeMesh(folder)),
    ...(await describeLayers(folder)),
    ...(await describePoints(folder)),
    inputs,
  ]
  const written = new Set<string>()
  const write = async (path: string, document: Fields): Promise<void> => {
    written.add(path)
    await writeIfChanged(out, path, `${JSON.stringify(document, undefined, 1)}\n`)
  }
  for (const collection of collections) {
    const below = `${CATALOGUE}/${collection.id}`
    for (const item of collection.items) await write(`${below}/${ITEMS}/${item.id}.json`, finishItem(item, collection))
    await write(`${below}/collection.json`, finishCollection(folder, collection))
  }
  await write(`${CATALOGUE}/${VPC}`, describeCloud(folder, tiles))
  await write(ROOT, finishRoot(folder, collections))
  const stale = former.filter((path) => !written.has(path))
  for (const path of stale) await removeInside(out, path)
  return {
    path: joinInside(out, ROOT),
    collections: collections.map(({ id, items }) => ({ id, items: items.length })),
    ...{ files: written.size, removed: stale.length, lost },
  }
}

const JSON_TYPE = "application/json"
const linkTo = (rel: string, href: string): Link => ({ rel, href, type: JSON_TYPE })

/** Adds the names of extensions, which follow from the fields of a document. */
const withExtensions = (document: Fields): Fields => {
  const { stac_version, type, ...rest } = document
  return { type, stac_version, stac_extensions: listExtensions(rest), ...rest }
}

const finishItem = (
  { id, geometry, bbox, properties, assets, links }: ItemDraft,
  collection: CollectionDraft,
): Fields =>
  withExtensions({
    type: "Feature",
    stac_version: STAC_VERSION,
    id,
    collection: collection.id,
    geometry,
    ...(bbox === undefined ? {} : { bbox }),
    properties,
    assets,
    links: [
      linkTo("root", "../../catalog.json"),
      linkTo("parent", "../collection.json"),
      linkTo("collection", "../collection.json"),
      ...links,
    ],
  })

const finishCollection = (folder: FinishedFolder, collection: CollectionDraft): Fields => {
  const { id, title, description, items, links, assets } = collection
  const { license, link } = describeLicence(folder.context.source)
  const codes = [...new Set(items.flatMap(({ properties }) => (properties["proj:code"] as string | null) ?? []))]
  return withExtensions({
    type: "Collection",
    stac_version: STAC_VERSION,
    ...{ id, title, description, license },
    providers: [{ name: folder.context.source, roles: ["producer"] }],
    extent: describeExtent(items),
    ...(codes.length === 0 ? {} : { summaries: { "proj:code": codes } }),
    assets,
    links: [
      linkTo("root", "../catalog.json"),
      linkTo("parent", "../catalog.json"),
      ...link,
      ...links,
      ...items.map((item) => ({ rel: "item", href: `${ITEMS}/${hrefOf(item.id)}.json`, type: "application/geo+json" })),
    ],
  })
}

/** The box of the items, or the world where none has a place; their days. */
const describeExtent = (items: readonly ItemDraft[]): Fields => {
  const boxes = items.flatMap(({ bbox }) => (bbox === undefined ? [] : [bbox]))
  const texts = (name: string): string[] =>
    items.map(({ properties }) => String(properties[name] ?? properties["datetime"])).sort()
  const [start = null, end = null] = [texts("start_datetime")[0], texts("end_datetime").at(-1)]
  return {
    spatial: { bbox: [boxes.length === 0 ? [-180, -90, 180, 90] : joinBoxes(boxes)] },
    temporal: { interval: [[start, end]] },
  }
}

const LICENCE_OUVERTE = "https://www.etalab.gouv.fr/licence-ouverte-open-licence/"

/** The licence that a source line names. */
const describeLicence = (source: string): { readonly license: string; readonly link: readonly Link[] } =>
  /licence ouverte|etalab/i.test(source)
    ? { license: "etalab-2.0", link: [{ rel: "license", href: LICENCE_OUVERTE, type: "text/html" }] }
    : { license: "other", link: [] }

const finishRoot = ({ context }: FinishedFolder, collections: readonly CollectionDraft[]): Fields =>
  withExtensions({
    type: "Catalog",
    stac_version: STAC_VERSION,
    id: "maille",
    title: "Products of maille",
    description: `Made by maille ${context.version}. ${context.source}`,
    links: [
      linkTo("root", "catalog.json"),
      ...collections.map(({ id, title }) => ({ ...linkTo("child", `${hrefOf(id)}/collection.json`), title })),
    ],
  })

/**
 * Files of the folder's former catalogue, from its links.
 *
 * @throws EngineError E_USAGE where the root document is of another program
 */
const listFormer = async (out: string): Promise<string[]> => {
  const root = await readDocument(out, ROOT)
  if (root === undefined) return []
  if (root["id"] !== "maille" || root["type"] !== "Catalog") {
    const text = `${joinInside(out, ROOT)}: not written by maille. Move the folder ${CATALOGUE}/ away, then run again.`
    throw new EngineError("E_USAGE", text, { file: joinInside(out, ROOT) })
  }
  const found = [ROOT]
  for (const path of listLinks(root, "child", ROOT)) {
    const collection = await readDocument(out, path)
    if (collection !== undefined) found.push(path, ...listLinks(collection, "item", path))
  }
  return found
}

const readDocument = async (out: string, path: string): Promise<JsonObject | undefined> => {
  const document = await readJsonIfAny(joinInside(out, path))
  return isObject(document) ? document : undefined
}

/** Paths that the links of a document lead to, below the folder of the catalogue. */
const listLinks = (document: JsonObject, rel: string, at: string): string[] => {
  const links = document["links"]
  if (!Array.isArray(links) || !areObjects(links, () => true)) return []
  return (links as JsonObject[])
    .filter((link) => link["rel"] === rel)
    .map(({ href }) => posix.join(posix.dirname(at), decodeURIComponent(String(href))))
    .filter((path) => path.startsWith(`${CATALOGUE}/`) && path.endsWith(".json"))
}
