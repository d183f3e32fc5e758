/** Reads the objects that a content tells apart. */
import type { BufferGeometry, Object3D, Texture } from "three"
import type { Hit } from "./scene.js"

/** What a content tells of the thing that a face belongs to. */
export interface MeshObject {
  /** Row in the content's table. */
  readonly row: number
  /** Empty: the ground. */
  readonly id: string
  /** LiDAR class. */
  readonly code: number
  /** The other attributes that have a value, by their names. */
  readonly attributes: readonly (readonly [name: string, value: unknown])[]
}

/** What 3d-tiles-renderer makes of EXT_structural_metadata, as far as the page reads it. */
interface StructuralMetadata {
  readonly textureAccessors?: readonly {
    readonly data: readonly (Texture | null)[]
    readonly definition: { readonly properties: Readonly<Record<string, { readonly index: number }>> }
  }[]
  readonly tableAccessors: readonly {
    readonly properties: Readonly<Record<string, { readonly name: string | null; noData: unknown }>>
    getPropertyValue(property: string, row: number): unknown
  }[]
}

/** The object that was hit, by the feature id of the face's corners; undefined where the content knows none. */
export const objectOf = ({ object, corners }: Hit): MeshObject | undefined => {
  const ids = featureIds(object)
  const { structuralMetadata } = object.userData as { structuralMetadata?: StructuralMetadata }
  const table = structuralMetadata?.tableAccessors[0]
  const [corner] = corners
  if (ids === undefined || table === undefined || corner === undefined) return undefined
  const row = ids.getX(corner)
  const attributes = Object.keys(table.properties).flatMap((property): (readonly [string, unknown])[] => {
    const value = property === "id" || property === "class" ? undefined : readValue(table, property, row)
    return value === undefined || value === "" ? [] : [[table.properties[property]?.name ?? property, value]]
  })
  const id = String(readValue(table, "id", row) ?? "")
  return { row, id, code: Number(readValue(table, "class", row)), attributes }
}

/** A value of a table; undefined where it has none, for which the reader would give a zero. */
const readValue = (table: StructuralMetadata["tableAccessors"][number], property: string, row: number): unknown => {
  const declared = table.properties[property]
  if (declared === undefined) return undefined
  const { noData } = declared
  declared.noData = null
  try {
    const value = table.getPropertyValue(property, row)
    return value === null || value === noData ? undefined : value
  } finally {
    declared.noData = noData
  }
}

/** Numbers of rows, one a vertex. */
export const featureIds = (object: Object3D): { getX(index: number): number } | undefined => {
  const { geometry } = object as Object3D & { geometry?: BufferGeometry }
  return geometry?.hasAttribute("_feature_id_0") ? geometry.getAttribute("_feature_id_0") : undefined
}

/** The image of near infrared, red and green that the content's metadata name for a mesh; undefined where they name none. */
export const infraredImage = ({ userData }: Object3D): Texture | undefined => {
  const { structuralMetadata } = userData as { structuralMetadata?: StructuralMetadata }
  const [accessor] = structuralMetadata?.textureAccessors ?? []
  const property = accessor?.definition.properties["infrared"]
  return (property && accessor?.data[property.index]) ?? undefined
}
