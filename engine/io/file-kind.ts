/** Kinds of files: by their first bytes, and media types by their names. */
import { extname } from "node:path"
import { EngineError } from "../errors.js"

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".wasm": "application/wasm",
  ".json": "application/json",
  ".jsonl": "application/jsonl; charset=utf-8",
  ".city.jsonl": "application/city+json-seq",
  ".geojson": "application/geo+json",
  ".vpc": "application/geo+json",
  ".vrt": "application/xml",
  ".txt": "text/plain; charset=utf-8",
  ".csv": "text/csv; charset=utf-8",
  ".3tz": "application/vnd.maxar.archive.3tz+zip",
  ".glb": "model/gltf-binary",
  ".gltf": "model/gltf+json",
  ".fgb": "application/vnd.flatgeobuf",
  ".tif": "image/tiff; application=geotiff; profile=cloud-optimized",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".webp": "image/webp",
  ".ktx2": "image/ktx2",
  ".svg": "image/svg+xml",
  ".laz": "application/vnd.laszip",
  ".copc.laz": "application/vnd.laszip+copc",
  ".las": "application/vnd.las",
  ".gpkg": "application/geopackage+sqlite3",
  ".pmtiles": "application/vnd.pmtiles",
  ".parquet": "application/vnd.apache.parquet",
  ".zip": "application/zip",
}

/** The media type of a file, by the end of its name. */
export const contentType = (path: string): string => {
  const name = path.toLowerCase()
  const twofold = /\.[^./\\]+\.[^./\\]+$/.exec(name)?.[0] ?? ""
  return types[twofold] ?? types[extname(name)] ?? "application/octet-stream"
}

/**
 * Kind of a file that was mistaken for another: its name, and its use, which decides the advice.
 */
export interface FileKind {
  /** Such as "a PNG image". */
  readonly name: string
  readonly use: "image" | "archive" | "text" | "page" | "other"
}

const imageNames = { tiff: "a TIFF image", png: "a PNG image", jpeg: "a JPEG image", jp2: "a JPEG 2000 image" } as const

const starts: readonly (readonly [start: string, kind: FileKind])[] = [
  ["\x1f\x8b", { name: "gzip data", use: "archive" }],
  ["PK\x03\x04", { name: "a ZIP archive", use: "archive" }],
  ["7z\xbc\xaf", { name: "a 7z archive", use: "archive" }],
  ["LASF", { name: "a LAS or LAZ file", use: "other" }],
  ["fgb", { name: "a FlatGeobuf layer", use: "other" }],
  ["glTF", { name: "a GLB file", use: "other" }],
  ["SQLite format 3", { name: "a GeoPackage or another SQLite file", use: "other" }],
  ["%PDF", { name: "a PDF", use: "other" }],
]

/** True for a text with control characters, which no text file has. */
const hasControls = (text: string): boolean => [...text].some((letter) => letter < " " && !/\s/.test(letter))

/** The kind of a file by its first bytes; undefined for unknown ones. */
export const describeBytes = (bytes: Uint8Array): FileKind | undefined => {
  const image = imageKind(bytes)
  if (image !== "other") return { name: imageNames[image], use: "image" }
  const text = new TextDecoder("latin1").decode(bytes.subarray(0, 256))
  const known = starts.find(([start]) => text.startsWith(start))
  if (known !== undefined) return known[1]
  if (text === "" || hasControls(text)) return undefined
  if (/^\s*<(!doctype html|html)/i.test(text)) return { name: "a web page", use: "page" }
  if (/^\s*</.test(text)) return { name: "XML", use: "other" }
  if (/^\s*[[{]/.test(text)) return { name: "JSON", use: "other" }
  return { name: `text ("${text.slice(0, 20).replace(/[\r\n].*/s, "")}")`, use: "text" }
}

/**
 * Refuses a file that should be JSON and is of another kind by its first bytes.
 *
 * @throws EngineError E_FORMAT with the kind found and the kind expected
 */
export const checkJson = (bytes: Uint8Array, path: string, expected: string): void => {
  const kind = describeBytes(bytes)
  if (kind === undefined || kind.name === "JSON") return
  throw new EngineError("E_FORMAT", `${path}: ${kind.name}, not ${expected}. Check the path.`, { file: path })
}

export type ImageKind = "tiff" | "png" | "jpeg" | "jp2" | "other"

const JP2 = [0, 0, 0, 12, 0x6a, 0x50, 0x20, 0x20]

/**
 * The kind of an image by its first bytes: TIFF and BigTIFF, PNG, JPEG, JP2 (ISO 15444-1 Annex I)
 * or its bare codestream.
 */
export const imageKind = (head: Uint8Array): ImageKind => {
  const [a, b, c, d] = head
  const little = a === 0x49 && b === 0x49 && (c === 42 || c === 43) && d === 0
  const big = a === 0x4d && b === 0x4d && c === 0 && (d === 42 || d === 43)
  if (little || big) return "tiff"
  if (a === 0x89 && b === 0x50 && c === 0x4e) return "png"
  if (a === 0xff && b === 0xd8 && c === 0xff) return "jpeg"
  const codestream = a === 0xff && b === 0x4f && c === 0xff && d === 0x51
  return codestream || JP2.every((byte, i) => head[i] === byte) ? "jp2" : "other"
}
