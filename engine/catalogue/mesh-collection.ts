/** Describes the mesh: an item for each work tile or pack, and the tileset of all levels. */
import { listCorners } from "../formats/tiles3d/tile-frame.js"
import { geocentricToGeographic } from "../grid/crs-transforms.js"
import { contentType } from "../io/file-kind.js"
import { inParallel } from "../io/in-parallel.js"
import { layout } from "../job/layout.js"
import {
  boxOfGroup,
  describeGroup,
  type FinishedFolder,
  groupTiles,
  listTileFiles,
  type TileGroup,
} from "./finished-folder.js"
import { describeFile } from "./raster-collections.js"
import { type Asset, type CollectionDraft, fileFields, hrefFromCollection, type ItemDraft, placeBox } from "./stac.js"

/** The mesh as a collection; none without a mesh. Coarser levels are only in its tileset. */
export const describeMesh = async (folder: FinishedFolder): Promise<CollectionDraft[]> => {
  const tiles = listTileFiles(folder, "tiles/", /^(\d+)\/(\d+)\/(\d+)(?:-[0-3]+)?\.glb$/)
  const tileset = folder.files.get(layout.tileset)
  if (tiles.length === 0 || tileset === undefined) return []
  const [href, type] = [hrefFromCollection(tileset.path), contentType(tileset.path)]
  const isTextured = folder.context.chains.publish.includes("texture")
  return [
    {
      id: "mesh",
      title: isTextured ? "Textured mesh" : "Mesh",
      description: `3D Tiles 1.1: ground, buildings, bridges, water and vegetation${isTextured ? ", with textures" : ""}.`,
      assets: { tileset: { href, type, roles: ["data"], title: "3D Tiles", ...fileFields(tileset) } },
      links: [{ rel: "3d-tiles", href, type, title: "3D Tiles" }],
      items: await inParallel(groupTiles(tiles), 8, (group) => describeItem(folder, group)),
    },
  ]
}

const describeItem = async (folder: FinishedFolder, group: TileGroup): Promise<ItemDraft> => {
  const { geometry, bbox } = placeBox(folder.crs, boxOfGroup(folder, group))
  const [west, south, east, north] = bbox
  const [low, high] = rangeHeights(folder, group)
  const { fields, links } = describeGroup(folder, group, "mesh")
  return {
    id: group.id,
    geometry,
    bbox: [west, south, low, east, north, high].map(Number),
    properties: fields,
    assets: await describeParts(folder, group),
    links,
  }
}

/** The pack, or the parts of the tile by their path of quadrants. */
const describeParts = async (folder: FinishedFolder, group: TileGroup): Promise<Record<string, Asset>> => {
  if (group.pack !== undefined) return { data: await describeFile(folder, group) }
  const parts: Record<string, Asset> = {}
  for (const tile of group.tiles) {
    const part = folder.contents.get(tile.file.path)?.part ?? ""
    parts[part === "" ? "data" : `part-${part}`] = await describeFile(folder, { ...group, tiles: [tile] })
  }
  return parts
}

/** Lowest and highest corner of the contents' boxes, above the ellipsoid, to whole metres. */
const rangeHeights = ({ contents }: FinishedFolder, { tiles }: TileGroup): [low: number, high: number] => {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const { file } of tiles) {
    const content = contents.get(file.path)
    if (content === undefined) continue
    const corners = listCorners(content.box, content.centre)
    for (let at = 0; at < corners.length; at += 3) {
      const [X, Y, Z] = corners.slice(at, at + 3) as [number, number, number]
      const [, , height] = geocentricToGeographic(X, Y, Z)
      ;[low, high] = [Math.min(low, height), Math.max(high, height)]
    }
  }
  return [Math.floor(low), Math.ceil(high)]
}
