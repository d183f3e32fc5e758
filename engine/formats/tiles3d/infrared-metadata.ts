/**
 * States the near infrared of a content twice: for computation as values, for the eye as a material
 * variant.
 */
import type { GltfPrimitive } from "./gltf-types.js"
import { METADATA } from "./object-table.js"

/** Vertex attribute of near infrared, red and green (unsigned bytes, normalized) of faces that no image paints. */
export const INFRARED_ATTRIBUTE = "_INFRARED"
/** Type of the second image, whatever that of the first: plain glTF, since readers of property textures (3d-tiles-renderer, hence iTowns) ask for no extension of the texture. */
export const INFRARED_TYPE = "image/jpeg"
/** Name of the extension by which viewers offer another material. */
export const VARIANTS = "KHR_materials_variants"
/** Names of the two looks, the first the usual one. */
const LOOKS = ["RGB", "IRC"] as const

const CLASS = "infrared"
/** Raised when contents with infrared change: part of the hash of tasks that write such. */
export const infraredForm = 2

const PROPERTY = {
  type: "VEC3",
  componentType: "UINT8",
  normalized: true,
  noData: [0, 0, 0],
  description: "Values of the colour-infrared image; NDVI = (x - y) / (x + y)",
}

/**
 * The second image as values for those who compute with it: class "infrared" of EXT_structural_metadata (3D Tiles Next, 1.0), near infrared, red and green, 0 to 1 as delivered. The
 * property "infrared" is a property texture, for faces that an image shows; "infraredPlain" is a property attribute, for the others. No data is 0, 0, 0; a lossy image has it nearly.
 *
 * CesiumJS (1.140) applies the property textures and attributes of a content to all of its primitives. So they have different names, and every primitive has both the texture
 * coordinates and the attribute: of faces without an image the coordinates are 0, of others the attribute is no data.
 *
 * @param texture number of the glTF texture
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
 * A primitive that names its infrared: one with an image also has the material that shows it as a variant, false colours as maps of vegetation have them.
 *
 * @param material number of that material
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
