/**
 * Tilesets in CesiumJS: they load, are picked and styled, compressed or not, in packs or not, with
 * a second image or without.
 */
import { createReadStream, mkdtempSync, rmSync } from "node:fs"
import { createServer, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { extname, join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { chromiumPath, launchChromium } from "../../../bench/pictures/chromium.js"
import { startViewServer, type ViewServer } from "../../../cli/view/server.js"
import { exportContents } from "../../../engine/export/export-contents.js"
import { contentType } from "../../../engine/io/file-kind.js"
import { sceneFiles, sceneWithInfrared } from "../../scenes/sample-runs.js"
import { maille } from "../maille.js"
import { near, pictureOf, share, watch } from "./browser.js"

const built = fileURLToPath(new URL("../../../node_modules/cesium/Build/Cesium/", import.meta.url))
const folder = mkdtempSync(join(tmpdir(), "maille-cesium-"))
const exported = join(folder, "exported")
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A globe without anything but the tileset of the address's part after `#`. */
const html = `<!doctype html><link rel="icon" href="data:,"><style>html,body,#globe,.cesium-widget,canvas{margin:0;width:100%;height:100%}</style><div id="globe"></div>
<script src="/cesium/Cesium.js"></script><script>
const widget = new Cesium.CesiumWidget("globe", { baseLayer: false, globe: false, skyBox: false, skyAtmosphere: false, useDefaultRenderLoop: false, creditContainer: document.createElement("div") })
widget.resize()
const { scene } = widget
scene.backgroundColor = Cesium.Color.BLACK
const faults = []
scene.renderError.addEventListener((_, error) => faults.push(String(error)))
let tileset
const draw = async () => {
  for (let quiet = 0; quiet < 5 && faults.length === 0; ) {
    scene.render()
    quiet = tileset.tilesLoaded ? quiet + 1 : 0
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
const show = async (url) => {
  tileset = await Cesium.Cesium3DTileset.fromUrl(url, { maximumScreenSpaceError: 4 })
  tileset.tileFailed.addEventListener(({ message }) => faults.push(message))
  scene.primitives.removeAll()
  scene.primitives.add(tileset)
  const { center, radius } = tileset.boundingSphere
  scene.camera.viewBoundingSphere(new Cesium.BoundingSphere(center, radius), new Cesium.HeadingPitchRange(0.3, -0.9, 1.6 * radius))
  await draw()
  return faults
}
const pick = () => {
  const found = {}
  const { clientWidth, clientHeight } = scene.canvas
  for (let i = 2; i < 15; i++) for (let j = 2; j < 11; j++) {
    const feature = scene.pick(new Cesium.Cartesian2((clientWidth * i) / 16, (clientHeight * j) / 12), 1, 1)
    if (feature?.getPropertyIds === undefined) continue
    found[feature.getProperty("class")] = Object.fromEntries(feature.getPropertyIds().map((id) => [id, feature.getProperty(id)]))
  }
  return found
}
const dress = async (color) => {
  tileset.style = new Cesium.Cesium3DTileStyle({ color })
  await draw()
}
</script>`

/** The page, CesiumJS, and the exported tileset, which is no output folder of a run. */
const startPages = async (): Promise<Server> => {
  const send = (response: ServerResponse, path: string): void => {
    response.setHeader("content-type", contentType(path))
    createReadStream(path)
      .on("error", () => response.writeHead(404).end())
      .pipe(response)
  }
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://page").pathname
    if (path.startsWith("/cesium/")) send(response, built + path.slice("/cesium/".length))
    else if (extname(path) !== "") send(response, exported + path)
    else response.setHeader("content-type", "text/html").end(html)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return server
}

describe.skipIf(chromiumPath === undefined)("CesiumJS", () => {
  const servers: (ViewServer | Server)[] = []
  const errors: string[] = []
  const addresses = new Map<string, string>()
  let page: Page
  beforeAll(async () => {
    const { plain, both } = await sceneWithInfrared()
    const { lidar } = await sceneFiles()
    const packed = join(folder, "packed")
    const one = ["--tile-size", "50", "--bbox", "842100,6520100,842150,6520150", "--products", "mesh", "--pack"]
    const ended = await maille("run", lidar, ...one, "--out", packed)
    expect(ended.code, ended.stderr).toBe(0)
    await exportContents({ folder: both.out, out: exported })
    const pages = await startPages()
    servers.push(pages)
    for (const [name, out] of Object.entries({ RGB: plain.out, infrared: both.out, packed })) {
      const server = await startViewServer({ folder: out, host: "127.0.0.1", port: 0, cors: true })
      servers.push(server)
      addresses.set(name, server.tileset as string)
    }
    const origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}/`
    addresses.set("uncompressed", `${origin}tileset.json`)
    const browser = await launchChromium()
    servers.push({ close: () => browser.close() } as ViewServer)
    page = await browser.newPage({ viewport: { width: 480, height: 360 } })
    page.setDefaultTimeout(120_000)
    watch(page, "http://127.0.0.1", { errors, foreign: errors })
    await page.goto(origin)
  })
  afterAll(async () => {
    for (const server of servers.reverse()) await server.close()
  })

  it.each(["RGB", "infrared", "uncompressed", "packed"])("%s: loads, is picked and styled", async (name) => {
    expect(await page.evaluate(`show(${JSON.stringify(addresses.get(name))})`)).toEqual([])
    const before = await pictureOf(page, `cesium-${name}`)
    expect(share(before, (r, g, b) => r + g + b > 60)).toBeGreaterThan(0.15)
    const found = (await page.evaluate("pick()")) as Record<string, Record<string, unknown>>
    expect(found["2"]).toMatchObject({ id: "", class: 2 })
    expect(found["6"]?.["id"]).toMatch(/^\w{8,}$/)
    expect(found["6"]?.["class"]).toBe(6)
    await page.evaluate(`dress({ conditions: [["\${class} === 6", "color('red')"], ["true", "color('black')"]] })`)
    const styled = await pictureOf(page, `cesium-${name}-styled`)
    expect(share(styled, (r, g, b) => r > 60 && g < 30 && b < 30)).toBeGreaterThan(0.005)
    expect(near(styled, [0, 0, 0], 40)).toBeGreaterThan(0.5)
    expect(await page.evaluate("faults")).toEqual([])
    expect(errors).toEqual([])
  })
})
