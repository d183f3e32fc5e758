/** Media types of products and of the viewer's files, for servers and stores. */
import { extname } from "node:path"

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".wasm": "application/wasm",
  ".json": "application/json",
  ".jsonl": "application/jsonl; charset=utf-8",
  ".geojson": "application/geo+json",
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
  ".las": "application/vnd.las",
  ".gpkg": "application/geopackage+sqlite3",
  ".pmtiles": "application/vnd.pmtiles",
  ".parquet": "application/vnd.apache.parquet",
  ".zip": "application/zip",
}

/** The media type of a file, by the end of its name. */
export const contentType = (path: string): string => types[extname(path).toLowerCase()] ?? "application/octet-stream"
