/**
 * Every module of engine/formats and engine/io that reads or writes a format has its benchmark, or
 * stands among the parts of one that has.
 */
import { describe, expect, it } from "vitest"
import { projectFiles, readSource, root } from "../source-tree.js"

/** Reader or writer, below engine → the benchmarks that run it. */
const BENCHES: Readonly<Record<string, readonly string[]>> = {
  "io/archive/open-archive.ts": ["archive"],
  "io/archive/tiles-index.ts": ["archive"],
  "io/archive/zip-format.ts": ["archive"],
  "formats/cityjson/encode-city.ts": ["write-cityjson"],
  "formats/cityjson/read-city.ts": ["read-cityjson", "check-solid"],
  "formats/points/point-file.ts": ["read-las", "read-laz", "read-copc"],
  "formats/las/write/las-writer.ts": ["write-las"],
  "formats/laz/laz-writer.ts": ["write-laz"],
  "formats/copc/copc-writer.ts": ["write-copc"],
  "formats/buckets/gather-buckets.ts": ["gather-spools"],
  "formats/buckets/bucket-file.ts": ["read-spool"],
  "formats/buckets/write-buckets.ts": ["write-spool"],
  "formats/orientation/read-orientations.ts": ["read-orientations"],
  "formats/raster/compose-image.ts": ["compose-image"],
  "formats/raster/tiff/read-raster.ts": ["read-raster"],
  "formats/raster/tiff/cog.ts": ["write-cog"],
  "formats/raster/encode-image.ts": ["encode-image"],
  "formats/raster/encode-ktx2.ts": ["encode-ktx2"],
  "formats/tiles3d/glb.ts": ["write-glb"],
  "formats/tiles3d/decode-glb.ts": ["read-glb"],
  "formats/pmtiles/pmtiles-writer.ts": ["write-pmtiles"],
  "formats/vector/geojson-writer.ts": ["write-geojson"],
  "formats/vector/geopackage-writer.ts": ["write-geopackage"],
  "formats/vector/geoparquet-writer.ts": ["write-geoparquet"],
  "formats/vector/flatgeobuf/layer-stream.ts": ["write-geojson", "write-geoparquet"],
  "formats/vector/flatgeobuf/reader.ts": ["read-flatgeobuf"],
  "formats/vector/flatgeobuf/writer.ts": ["write-flatgeobuf"],
  "formats/vector/flatgeobuf/search.ts": ["search-flatgeobuf"],
  "formats/vector/polygons.ts": ["read-polygons"],
  "formats/vector/flatgeobuf/features-in-box.ts": ["read-features-in-box"],
  "formats/vector/read-features.ts": ["read-features"],
  "formats/ports/handed-files.ts": ["mesh-file", "solids-file", "walls-file"],
}

/** Parts of the above, or a few kilobytes of text, whose time shows in no run. */
const PARTS: readonly string[] = [
  "formats/raster/tiff/read-facts.ts",
  "formats/las/write/wkt.ts",
  "formats/orientation/xml.ts",
  "formats/vector/geojson.ts",
  "formats/vector/geopackage-blob.ts",
  "formats/vector/geopackage-reader.ts",
  "formats/vector/sqlite.ts",
  "formats/vector/wkb.ts",
  "formats/points/write-copc-file.ts",
  "formats/points/read-points.ts",
  "formats/las/header.ts",
  "formats/laz/arithmetic-coding.ts",
  "job/product-files.ts",
  "io/archive/stored-file.ts",
  "io/bytes.ts",
  "io/part-writer.ts",
  "io/s3-upload.ts",
  "io/url-bytes.ts",
  "io/url-copy.ts",
  "formats/pmtiles/archive.ts",
  "formats/pmtiles/tile-record.ts",
  "formats/copc/open-copc.ts",
  "formats/copc/hierarchy.ts",
  "formats/laz/chunk-decoder.ts",
  "formats/laz/laszip.ts",
  "formats/laz/laszip-writer.ts",
  "formats/buckets/format.ts",
  "formats/las/write/stored-spec.ts",
  "formats/points/read-places.ts",
  "formats/points/wild-points.ts",
  "formats/las/write/write-header.ts",
  "formats/orientation/borea-camera.ts",
  "formats/orientation/conic.ts",
  "formats/orientation/micmac.ts",
  "formats/orientation/opk.ts",
  "formats/raster/canvas-image.ts",
  "formats/raster/tiff/cog-level.ts",
  "formats/raster/encode-texture.ts",
  "formats/raster/frame-header.ts",
  "formats/raster/gdal.ts",
  "spatial/image-catalogue.ts",
  "formats/raster/load-gdal.ts",
  "formats/raster/sheet.ts",
  "formats/raster/open/raster-file.ts",
  "formats/raster/open/raster-mosaic.ts",
  "formats/raster/tiff/image.ts",
  "formats/raster/tiff/source.ts",
  "formats/raster/vrt.ts",
  "formats/raster/image/world-file.ts",
  "formats/tiles3d/glb-container.ts",
  "formats/tiles3d/object-table.ts",
  "formats/tiles3d/read-tileset.ts",
  "formats/tiles3d/tileset.ts",
  "formats/vector/flatgeobuf/feature.ts",
  "formats/vector/read-text.ts",
  // Merges of layers: docs/reference/vector-quality.md has their time and memory with millions of
  // features.
  "formats/vector/flatgeobuf/layer-run.ts",
]

const files = projectFiles()
const READS_OR_WRITES = /^export (?:const|async function|function) (?:open|read|write|encode|decode|compose)[A-Z]/m

/** Project files that the tables import, and those that these import within bench/. */
const importsOf = (path: string): string[] =>
  readSource(path).imports.flatMap(({ file }) => {
    if (file === undefined) return []
    return file.startsWith("bench/") ? [file, ...importsOf(file)] : [file]
  })

describe("each reader and writer of a format", () => {
  it("is listed above", () => {
    const found = files
      .filter(
        (path) =>
          /^engine\/(formats|io)\/(?!.*\/assembly\/).*(?<!\.d)\.ts$/.test(path) &&
          READS_OR_WRITES.test(readSource(path).text),
      )
      .map((path) => path.slice("engine/".length))
    const listed = [...Object.keys(BENCHES), ...PARTS]
    expect(found.filter((path) => !listed.includes(path))).toEqual([])
    expect(listed.filter((path) => !files.includes(`engine/${path}`))).toEqual([])
  })

  it("is run by a benchmark", async () => {
    const { listBenches, tables } = (await import(
      `${root}dist/bench/runner.js`
    )) as typeof import("../../bench/runner.js")
    const names = [...(await listBenches()).keys()]
    const used = new Set(tables.flatMap((url) => importsOf(url.replace(/.*\/dist\/(.*)\.js$/, "$1.ts"))))
    const faults = Object.entries(BENCHES).flatMap(([module, benches]) => [
      ...benches.filter((name) => !names.includes(name)).map((name) => `${module}: no benchmark ${name}`),
      ...(used.has(`engine/${module}`) ? [] : [`${module}: no table imports it`]),
    ])
    expect(faults).toEqual([])
  })
})
