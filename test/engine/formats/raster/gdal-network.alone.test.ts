import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Worker } from "node:worker_threads"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { EngineError } from "../../../../engine/errors.js"
import { readGdalHeader } from "../../../../engine/formats/raster/gdal.js"
import { withNetwork } from "../../../../engine/formats/raster/gdal-network.js"
import { type Gdal, type GdalDataset, loadGdal } from "../../../../engine/formats/raster/load-gdal.js"
import { readFeatures } from "../../../../engine/formats/vector/read-features.js"
import { openRaster } from "../../../../engine/library/raster.js"
import { encodeExternalRaster } from "../../../../engine/plan/external-raster.js"

/** In its own thread: GDAL's synchronous calls block this one. */
const server = `
const { parentPort } = require("node:worker_threads")
const seen = []
parentPort.on("message", () => parentPort.postMessage(seen.splice(0)))
require("node:http")
  .createServer((request, response) => { seen.push(request.url); response.writeHead(404).end() })
  .listen(0, "127.0.0.1", function () { parentPort.postMessage(this.address().port) })`

let folder = ""
let worker: Worker
let address = ""
const answer = <T>(): Promise<T> => new Promise((resolve) => void worker.once("message", resolve))
const requests = async (): Promise<string[]> => {
  const list = answer<string[]>()
  worker.postMessage("list")
  return list
}
const write = async (name: string, text: string): Promise<string> => {
  await writeFile(join(folder, name), text)
  return join(folder, name)
}
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-network-"))
  worker = new Worker(server, { eval: true })
  address = `http://127.0.0.1:${await answer<number>()}`
})
afterAll(async () => {
  await worker.terminate()
  await rm(folder, { recursive: true, force: true })
})

const gdal = (await loadGdal()) as
  | (Gdal & {
      readonly open: (path: string, mode?: string, driver?: string, x?: number, y?: number, n?: number) => GdalDataset
    })
  | undefined

const ring = [
  [0, 0],
  [1, 0],
  [1, 1],
  [0, 0],
]
const gml = (): string => `<?xml version="1.0"?><wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs"
 xmlns:gml="http://www.opengis.net/gml" xmlns:N="N" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xsi:schemaLocation="N ${address}/wfs?SERVICE=WFS&amp;VERSION=1.0.0&amp;REQUEST=DescribeFeatureType&amp;TYPENAME=b">
<gml:featureMember><N:b><N:g><gml:Polygon srsName="${address}/srs"><gml:outerBoundaryIs><gml:LinearRing>
<gml:coordinates>0,0 1,0 1,1 0,0</gml:coordinates></gml:LinearRing></gml:outerBoundaryIs></gml:Polygon></N:g></N:b>
</gml:featureMember></wfs:FeatureCollection>`
const kml = (): string => `<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>
<NetworkLink><Link><href>${address}/link</href></Link></NetworkLink><Placemark><styleUrl>${address}/s#a</styleUrl><Polygon>
<outerBoundaryIs><LinearRing><coordinates>0,0 1,0 1,1 0,0</coordinates></LinearRing></outerBoundaryIs></Polygon>
</Placemark></Document></kml>`
const geoJson = (): string => {
  const link = { type: "link", properties: { href: `${address}/crs`, type: "esriwkt" } }
  const geometry = { type: "Polygon", coordinates: [ring] }
  return JSON.stringify({
    type: "FeatureCollection",
    crs: link,
    coordRefSys: `${address}/jsonfg`,
    features: [{ type: "Feature", properties: {}, geometry }],
  })
}
const wms = (): string => `<GDAL_WMS><Service name="WMS"><ServerUrl>${address}/wms</ServerUrl></Service></GDAL_WMS>`

const vectors: readonly (readonly [string, () => string])[] = [
  ["schema.gml", gml],
  ["links.kml", kml],
  ["link.geojson", geoJson],
  ["link.dat", geoJson],
  ["link.topojson", geoJson],
  ["points.gpx", () => `<gpx version="1.1"><wpt lat="1" lon="1"><link href="${address}/gpx"/></wpt></gpx>`],
  ["wms.xml", wms],
  ["wfs.xml", () => `<OGRWFSDataSource><URL>${address}/wfs</URL></OGRWFSDataSource>`],
  [
    "layer.vrt",
    () =>
      `<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>${address}/a.json</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>`,
  ],
]

describe.skipIf(gdal === undefined)("a local file that names a server", () => {
  it.each(vectors)("%s: as features, no request", async (name, text) => {
    const path = await write(name, text())
    await readFeatures(path, "Polygon").catch(() => undefined)
    expect(await requests()).toEqual([])
  })

  it("a GML keeps its features", async () => {
    const { features } = await readFeatures(await write("again.gml", gml()), "Polygon")
    expect(features.ids.length).toBe(1)
  })

  it("an image with remote overviews: no request; GDAL by itself makes one", async () => {
    const path = join(folder, "photo.bmp")
    const made = gdal?.open(path, "w", "BMP", 64, 64, 3)
    made?.close()
    await write("photo.bpw", "1\n0\n0\n-1\n0.5\n63.5\n")
    // GDAL remembers addresses that failed.
    const name = (file: string): Promise<string> => {
      const domain = `<MDI key="OVERVIEW_FILE">/vsicurl/${address}/${file}</MDI>`
      return write("photo.bmp.aux.xml", `<PAMDataset><Metadata domain="OVERVIEWS">${domain}</Metadata></PAMDataset>`)
    }
    await name("one.tif")
    await readGdalHeader(path, { epsg: 2154, box: [0, 0, 64, 64] }).catch(() => undefined)
    if (gdal === undefined) return
    await withNetwork(gdal, "local", async () =>
      gdal
        .open(path)
        .bands.get(1)
        .overviews.map((one) => one),
    )
    expect(await requests()).toEqual([])
    await name("other.tif")
    await withNetwork(gdal, "remote", async () =>
      gdal
        .open(path)
        .bands.get(1)
        .overviews.map((one) => one),
    )
    expect((await requests()).length).toBeGreaterThan(0)
  })

  it.each([
    ["image", (path: string) => readGdalHeader(path, { epsg: 2154, box: [0, 0, 64, 64] })],
    ["--relief", (path: string) => encodeExternalRaster(path, { flag: "--relief", cell: 1 }, 2154, [0, 0, 64, 64])],
    ["library", openRaster],
  ])("a VRT whose source is an address, as %s: refused, no request", async (name, use: (path: string) => unknown) => {
    const source = (text: string): string =>
      `<SimpleSource><SourceFilename relativeToVRT="0">${text}</SourceFilename><SourceBand>1</SourceBand></SimpleSource>`
    const bands = [1, 2, 3].map((band) => `<VRTRasterBand dataType="Byte" band="${band}">`)
    for (const prefix of ["", "/vsicurl/"]) {
      const sources = source(`${prefix}${address}/${name}.tif`)
      const text = `<VRTDataset rasterXSize="64" rasterYSize="64"><SRS>EPSG:2154</SRS><GeoTransform>0, 1, 0, 64, 0, -1</GeoTransform>${bands.map((band) => `${band}${sources}</VRTRasterBand>`).join("")}</VRTDataset>`
      await expect(Promise.resolve(use(await write(`remote-${name}.vrt`, text)))).rejects.toThrow(EngineError)
    }
    expect(await requests()).toEqual([])
  })

  it("the settings of the process return after use", async () => {
    if (gdal === undefined) return
    process.env["no_proxy"] = "example.org"
    await withNetwork(gdal, "local", async () => expect(process.env["no_proxy"]).toBeUndefined())
    expect(process.env["no_proxy"]).toBe("example.org")
    expect(gdal.config.get("GDAL_HTTP_PROXY")).toBeNull()
    delete process.env["no_proxy"]
  })
})
