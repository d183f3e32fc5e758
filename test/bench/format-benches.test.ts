/** Every module of engine/formats that reads or writes a format has its benchmark, or stands among the parts of one that has. */
import { describe, expect, it } from "vitest"
import { projectFiles, readSource, root } from "../source-tree.js"

/** Reader or writer, below engine/formats → the benchmarks that run it. */
const BENCHES: Readonly<Record<string, readonly string[]>> = {
  "archive/open-archive.ts": ["archive"],
  "archive/tiles-index.ts": ["archive"],
  "archive/zip-format.ts": ["archive"],
  "cityjson/encode-city.ts": ["write-cityjson"],
  "cityjson/read-city.ts": ["read-cityjson", "check-solid"],
  "las/point-file.ts": ["read-las", "read-laz", "read-copc"],
  "las/writer.ts": ["write-las"],
  "las/laz-writer.ts": ["write-laz"],
  "las/copc-writer.ts": ["write-copc"],
  "las/gather-spools.ts": ["gather-spools"],
  "las/spool.ts": ["read-spool"],
  "las/write-spool.ts": ["write-spool"],
  "orientation/read-orientations.ts": ["read-orientations"],
  "raster/compose-image.ts": ["compose-image"],
  "raster/read-raster.ts": ["read-raster"],
  "raster/cog.ts": ["write-cog"],
  "raster/encode-image.ts": ["encode-image"],
  "raster/encode-ktx2.ts": ["encode-ktx2"],
  "tiles3d/glb.ts": ["write-glb"],
  "tiles3d/decode-glb.ts": ["read-glb"],
  "pmtiles/pmtiles-writer.ts": ["write-pmtiles"],
  "vector/geojson-writer.ts": ["write-geojson"],
  "vector/geopackage-writer.ts": ["write-geopackage"],
  "vector/geoparquet-writer.ts": ["write-geoparquet"],
  "vector/layer-stream.ts": ["write-geojson", "write-geoparquet"],
  "vector/flatgeobuf.ts": ["read-flatgeobuf", "write-flatgeobuf"],
  "vector/flatgeobuf-search.ts": ["search-flatgeobuf"],
  "vector/polygons.ts": ["read-polygons"],
  "vector/features-in-box.ts": ["read-features-in-box"],
  "vector/read-features.ts": ["read-features"],
  "ports/handed-files.ts": ["mesh-file", "solids-file", "walls-file"],
}

/** Parts of the above, or a few kilobytes of text, whose time shows in no run. */
const PARTS: readonly string[] = [
  "archive/product-files.ts",
  "archive/stored-file.ts",
  "bytes.ts",
  "part-writer.ts",
  "s3-upload.ts",
  "url-bytes.ts",
  "url-copy.ts",
  "pmtiles/archive.ts",
  "pmtiles/tile-record.ts",
  "las/copc.ts",
  "las/copc-hierarchy.ts",
  "las/laszip.ts",
  "las/laszip-writer.ts",
  "las/spool-format.ts",
  "las/spool-index.ts",
  "las/stored-spec.ts",
  "las/vlr.ts",
  "las/read-places.ts",
  "las/wild-points.ts",
  "las/write-header.ts",
  "orientation/borea-camera.ts",
  "orientation/conic.ts",
  "orientation/micmac.ts",
  "orientation/opk.ts",
  "raster/canvas-image.ts",
  "raster/cog-level.ts",
  "raster/encode-texture.ts",
  "raster/frame-header.ts",
  "raster/gdal.ts",
  "raster/image-catalogue.ts",
  "raster/load-gdal.ts",
  "raster/sheet.ts",
  "raster/tiff-image.ts",
  "raster/tiff-source.ts",
  "raster/vrt.ts",
  "raster/world-file.ts",
  "tiles3d/glb-container.ts",
  "tiles3d/object-table.ts",
  "tiles3d/read-tileset.ts",
  "tiles3d/tileset.ts",
  "vector/flatgeobuf-feature.ts",
  "vector/flatgeobuf-reader.ts",
  "vector/flatgeobuf-writer.ts",
  "vector/read-text.ts",
  // Merges of layers, which `npm run lab -- layers` measures with millions of features.
  "vector/layer-run.ts",
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
      .filter((path) => /^engine\/formats\/.*(?<!\.d)\.ts$/.test(path) && READS_OR_WRITES.test(readSource(path).text))
      .map((path) => path.slice("engine/formats/".length))
    const listed = [...Object.keys(BENCHES), ...PARTS]
    expect(found.filter((path) => !listed.includes(path))).toEqual([])
    expect(listed.filter((path) => !files.includes(`engine/formats/${path}`))).toEqual([])
  })

  it("is run by a benchmark", async () => {
    const { listBenches, tables } = (await import(
      `${root}dist/bench/runner.js`
    )) as typeof import("../../bench/runner.js")
    const names = [...(await listBenches()).keys()]
    const used = new Set(tables.flatMap((url) => importsOf(url.replace(/.*\/dist\/(.*)\.js$/, "$1.ts"))))
    const faults = Object.entries(BENCHES).flatMap(([module, benches]) => [
      ...benches.filter((name) => !names.includes(name)).map((name) => `${module}: no benchmark ${name}`),
      ...(used.has(`engine/formats/${module}`) ? [] : [`${module}: no table imports it`]),
    ])
    expect(faults).toEqual([])
  })
})
