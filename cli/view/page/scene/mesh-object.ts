/** Reads the objects of a content: feature ids and attributes. */
import type { BufferGeometry, Object3D, Texture } from "three"
import type { Hit } from "./scene.js"

/** The object that a face belongs to. */
export interface MeshObject {
  /** Row in the content's table. */
  readonly row: number
  /** Empty for the ground. */
  readonly id: string
  /** LiDAR class. */
  readonly code: number
  /** The other attributes with a value, by name. */
  readonly attributes: readonly (readonly [name: string, value: unknown])[]
}

/** The part of 3d-tiles-renderer's EXT_structural_metadata that the page reads. */
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

/**
 * The object that was hit, by the feature id of the face's corner; undefined where the content has
 * none.
 */
export const findObject = ({ object, corners }: Hit): MeshObject | undefined => {
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

/** A value of a table; undefined where it is missing. The reader would return zero there. */
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

/** Feature ids: one row number per vertex. */
export const featureIds = (object: Object3D): { getX(index: number): number } | undefined => {
  const { geometry } = object as Object3D & { geometry?: BufferGeometry }
  return geometry?.hasAttribute("_feature_id_0") ? geometry.getAttribute("_feature_id_0") : undefined
}

/**
 * The image of near infrared, red and green in a mesh's metadata; undefined where there is none.
 */
export const infraredImage = ({ userData }: Object3D): Texture | undefined => {
  const { structuralMetadata } = userData as { structuralMetadata?: StructuralMetadata }
  const [accessor] = structuralMetadata?.textureAccessors ?? []
  const property = accessor?.definition.properties["infrared"]
  return (property && accessor?.data[property.index]) ?? undefined
}
