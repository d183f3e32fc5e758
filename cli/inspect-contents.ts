/** Reads GLB contents of a tileset for `maille inspect`: their triangles and images. */
import { basename } from "node:path"
import { EngineError, type ErrorData } from "../engine/errors.js"
import { textureSize } from "../engine/formats/raster/texture-size.js"
import { decodeGlb } from "../engine/formats/tiles3d/decode-glb.js"
import { INFRARED_TYPE } from "../engine/formats/tiles3d/infrared-metadata.js"
import { readStored } from "../engine/io/archive/stored-file.js"
import { counted, formatTable, grouped, printLine, say } from "./print.js"

interface InspectedImage {
  readonly type: string
  readonly width: number
  readonly height: number
  readonly sizeBytes: number
}

/** A content (one glTF file) in the form of `maille inspect --json`. */
export interface InspectedContent {
  readonly path: string
  readonly sizeBytes: number
  readonly triangles: number
  /** Triangles that the image paints. */
  readonly painted: number
  readonly image?: InspectedImage
  /** The second image: near infrared, red and green. */
  readonly infrared?: InspectedImage
  /** Whether triangles without an image have infrared values at their vertices. */
  readonly infraredVertices: boolean
  /** Source, date and licence. */
  readonly copyright: string
}

export interface InspectedContents {
  readonly found: readonly InspectedContent[]
  readonly rejected: readonly { readonly path: string; readonly error: ErrorData }[]
}

const CONTENT = /\.glb$/i

/** Whether the name of an input is that of a content. */
export const isContent = (input: string): boolean => CONTENT.test(input)

/**
 * Reads triangles and images of contents. A damaged one, or one that maille did not write, is
 * rejected.
 */
export const inspectContents = async (paths: readonly string[]): Promise<InspectedContents> => {
  const found: InspectedContent[] = []
  const rejected: { path: string; error: ErrorData }[] = []
  for (const path of paths) {
    try {
      found.push(await inspectContent(path))
    } catch (error) {
      // Faults of an input need no stack.
      const { stack: _, ...data } = EngineError.toData(error)
      rejected.push({ path, error: data })
    }
  }
  return { found, rejected }
}

const inspectContent = async (path: string): Promise<InspectedContent> => {
  const bytes = await readStored(path).catch((error: unknown) => {
    throw new EngineError(
      "E_INPUT",
      `${path}: cannot be read. Check the path and its permissions.`,
      { file: path },
      error,
    )
  })
  const { triangles, texture, infrared, copyright } = await decodeGlb(bytes, path)
  const second = texture?.infrared
  return {
    path,
    sizeBytes: bytes.length,
    triangles: triangles.length / 3,
    painted: texture?.triangles ?? 0,
    ...(texture === undefined ? {} : { image: describeImage(texture.image, texture.mimeType, path) }),
    ...(second === undefined ? {} : { infrared: describeImage(second, INFRARED_TYPE, path) }),
    infraredVertices: infrared !== undefined,
    copyright,
  }
}

const describeImage = (bytes: Uint8Array, type: string, path: string): InspectedImage => {
  const size = textureSize(bytes)
  if (size === undefined)
    throw new EngineError(
      "E_FORMAT",
      `${path}: damaged: its image is not ${type}. Make the tile again with maille run --verify.`,
      {
        file: path,
      },
    )
  return { type, ...size, sizeBytes: bytes.length }
}

/** Prints contents for people. */
export const printContents = ({ found, rejected }: InspectedContents): void => {
  const imageText = (image: InspectedImage | undefined): string =>
    image === undefined ? "none" : `${image.type.slice(6)} ${image.width} x ${image.height}`
  const rows = found.map((content) => [
    basename(content.path),
    grouped(content.sizeBytes),
    grouped(content.triangles),
    grouped(content.painted),
    imageText(content.image),
    `${imageText(content.infrared)}${content.infraredVertices ? ", and vertices" : ""}`,
  ])
  if (rows.length > 0) printLine(formatTable([["file", "bytes", "triangles", "painted", "image", "infrared"], ...rows]))
  const withInfrared = found.filter(({ infrared, infraredVertices }) => infrared !== undefined || infraredVertices)
  printLine(`${counted(found.length, "content")}, ${grouped(withInfrared.length)} with infrared`)
  for (const source of new Set(found.map(({ copyright }) => copyright))) printLine(`source: ${source}`)
  for (const { error } of rejected) say(`cannot be used: ${error.message}`, "error")
}
