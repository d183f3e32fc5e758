import type { GltfPrimitive } from "./glb-container.js"
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

/** What a document says of its second image, beside the image itself. */
export interface InfraredMetadata {
  /** Of the schema of EXT_structural_metadata. */
  readonly classes: Readonly<Record<string, unknown>>
  readonly propertyTextures?: readonly unknown[]
  readonly propertyAttributes?: readonly unknown[]
}

/**
 * The second image as values for those who compute with it: class "infrared" of EXT_structural_metadata (3D Tiles Next, 1.0) with one property of three channels, near infrared, red and green,
 * 0 to 1 as in the delivery, which a property texture gives where an image is and a property attribute elsewhere. No data is 0, 0, 0; a lossy image has it nearly.
 *
 * @param texture number of the glTF texture
 * @param has which of the two primitives the content has
 */
export const infraredMetadata = (
  texture: number,
  has: { readonly image: boolean; readonly plain: boolean },
): InfraredMetadata => ({
  classes: {
    [CLASS]: {
      properties: {
        infrared: {
          name: "Near infrared, red, green",
          type: "VEC3",
          componentType: "UINT8",
          normalized: true,
          noData: [0, 0, 0],
          description: "Values of the colour-infrared image; NDVI = (x - y) / (x + y)",
        },
      },
    },
  },
  ...(has.image
    ? {
        propertyTextures: [
          { class: CLASS, properties: { infrared: { index: texture, texCoord: 0, channels: [0, 1, 2] } } },
        ],
      }
    : {}),
  ...(has.plain
    ? { propertyAttributes: [{ class: CLASS, properties: { infrared: { attribute: INFRARED_ATTRIBUTE } } }] }
    : {}),
})

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
