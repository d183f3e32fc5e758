/**
 * Describes a content's near infrared twice: as values for computation, and as a material variant
 * for viewing.
 */
import type { GltfPrimitive } from "./gltf-types.js"
import { METADATA } from "./object-table.js"

/**
 * Vertex attribute of near infrared, red and green (normalised unsigned bytes), for faces without
 * an image.
 */
export const INFRARED_ATTRIBUTE = "_INFRARED"
/**
 * Type of the second image, whatever the first. Readers of property textures (3d-tiles-renderer,
 * hence iTowns) support no texture extension.
 */
export const INFRARED_TYPE = "image/jpeg"
/** The extension by which viewers offer another material. */
export const VARIANTS = "KHR_materials_variants"
/** Names of the two looks, the default first. */
const LOOKS = ["RGB", "IRC"] as const

const CLASS = "infrared"
/** Version of contents with infrared, part of the hash of the tasks that write them. */
export const infraredForm = 2

const PROPERTY = {
  type: "VEC3",
  componentType: "UINT8",
  normalized: true,
  noData: [0, 0, 0],
  description: "Values of the colour-infrared image; NDVI = (x - y) / (x + y)",
}

/**
 * Describes the second image as values: class "infrared" of EXT_structural_metadata (3D Tiles Next,
 * 1.0), near infrared, red and green, 0 to 1 as delivered. The property "infrared" is a property
 * texture, for faces with an image. "infraredPlain" is a property attribute, for the others. No
 * data is 0, 0, 0; a lossy image only approximates it.
 *
 * CesiumJS (1.140) applies property textures and attributes of a content to all its primitives. The
 * two properties therefore have different names, and every primitive has both. Faces without an
 * image have coordinates 0; the others have the attribute at no data.
 *
 * @param texture index of the glTF texture
 * @param has which of the two primitives the content has
 */
export const infraredMetadata = (texture: number, has: { readonly image: boolean; readonly plain: boolean }) => {
  const image = { ...PROPERTY, name: "Near infrared, red, green" }
  const plain = { ...PROPERTY, name: "Near infrared, red, green of faces without an image" }
  const properties = { ...(has.image && { infrared: image }), ...(has.plain && { infraredPlain: plain }) }
  const ofImage = { infrared: { index: texture, texCoord: 0, channels: [0, 1, 2] } }
  const ofPlain = { infraredPlain: { attribute: INFRARED_ATTRIBUTE } }
  return {
    classes: { [CLASS]: { properties } },
    ...(has.image && { propertyTextures: [{ class: CLASS, properties: ofImage }] }),
    ...(has.plain && { propertyAttributes: [{ class: CLASS, properties: ofPlain }] }),
  }
}

/** The looks of a content, for KHR_materials_variants. */
export const lookNames = { variants: LOOKS.map((name) => ({ name })) }

/**
 * Adds the infrared metadata to a primitive. One with an image also gets a variant that shows the
 * infrared material in false colours.
 *
 * @param material index of the infrared material
 */
export const withInfrared = (primitive: GltfPrimitive, isImage: boolean, material: number): GltfPrimitive => ({
  ...primitive,
  extensions: {
    ...primitive.extensions,
    ...(isImage
      ? {
          [METADATA]: { propertyTextures: [0] },
          [VARIANTS]: {
            mappings: [
              { material: primitive.material, variants: [0] },
              { material, variants: [1] },
            ],
          },
        }
      : { [METADATA]: { propertyAttributes: [0] } }),
  },
})
