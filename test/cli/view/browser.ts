import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { createCanvas, loadImage } from "@napi-rs/canvas"
import { deserialize } from "flatgeobuf/lib/mjs/geojson.js"
import type { BrowserContext, BrowserContextOptions, Page } from "playwright-core"
import { launchChromium, settle, viewOnly } from "../../../bench/pictures/chromium.js"
import { startViewServer, type ViewServer } from "../../../cli/view/server.js"

/** Screenshots stay here for people to look at; ignored by git. */
const pictures = fileURLToPath(new URL("../../../view-pictures/", import.meta.url))

/** A browser, and servers of output folders. */
export interface Stage {
  /** Opens the page on an output folder, closes the one before, and waits for its picture. */
  open(out: string, options?: BrowserContextOptions): Promise<Page>
  /** What all pages that were opened did. */
  readonly misdeeds: Misdeeds
  readonly opened: () => number
  close(): Promise<void>
}

/** A browser to open pages in. */
export const openStage = async (): Promise<Stage> => {
  const browser = await launchChromium()
  const misdeeds: Misdeeds = { errors: [], foreign: [] }
  const servers = new Map<string, ViewServer>()
  let opened = 0
  let context: BrowserContext | undefined
  const open = async (out: string, options: BrowserContextOptions = {}): Promise<Page> => {
    const server = servers.get(out) ?? (await startViewServer({ folder: out, host: "127.0.0.1", port: 0 }))
    servers.set(out, server)
    await context?.close()
    context = await browser.newContext({ viewport: { width: 900, height: 600 }, locale: "en-GB", ...options })
    const page = await context.newPage()
    page.setDefaultTimeout(120_000)
    opened++
    watch(page, server.url, misdeeds)
    await page.goto(server.url)
    await settle(page)
    return page
  }
  const close = async (): Promise<void> => {
    await browser.close()
    for (const server of servers.values()) await server.close()
  }
  return { open, misdeeds, opened: () => opened, close }
}

/** What a page did that it must not do. */
interface Misdeeds {
  readonly errors: string[]
  /** Addresses beside the server's. */
  readonly foreign: string[]
}

/** Notes what a page does that it must not do. */
export const watch = (page: Page, origin: string, misdeeds: Misdeeds): void => {
  page.on("console", (message) => {
    if (message.type() === "error") misdeeds.errors.push(message.text())
  })
  page.on("pageerror", (error) => misdeeds.errors.push(String(error.stack)))
  page.on("response", (response) => {
    if (response.status() >= 400) misdeeds.errors.push(`${response.status()} ${response.url()}`)
  })
  page.on("request", (request) => {
    const url = request.url()
    if (!url.startsWith(origin) && !/^(blob|data):/.test(url)) misdeeds.foreign.push(url)
  })
}

/** Sets the state by the part of the address after `#`. */
export const go = async (page: Page, fragment: string): Promise<void> => {
  await page.evaluate(`location.hash = ${JSON.stringify(fragment)}`)
  await settle(page)
}

/** A picture of the page, without what lies over the views. */
export interface Picture {
  readonly width: number
  readonly height: number
  /** RGBA. */
  readonly data: Uint8ClampedArray
}

/** Takes a picture of the view alone and keeps it as a file. */
export const take = (page: Page, name: string): Promise<Picture> => {
  return pictureOf(page, name, viewOnly)
}

/** Takes a picture of a page and keeps it as a file. */
export const pictureOf = async (page: Page, name: string, style = ""): Promise<Picture> => {
  const png = await page.screenshot({ style })
  mkdirSync(pictures, { recursive: true })
  writeFileSync(`${pictures}${name}.png`, png)
  const image = await loadImage(png)
  const context = createCanvas(image.width, image.height).getContext("2d")
  context.drawImage(image, 0, 0)
  return context.getImageData(0, 0, image.width, image.height)
}

/** Red, green, blue, each 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number]

/** Share of the pixels that a test of colour holds for. */
export const share = ({ data }: Picture, holds: (red: number, green: number, blue: number) => boolean): number => {
  let count = 0
  for (let i = 0; i < data.length; i += 4) {
    if (holds(data[i] as number, data[i + 1] as number, data[i + 2] as number)) count++
  }
  return (4 * count) / data.length
}

/** True for the background: light blue, bluer than red. */
export const isSky = (red: number, green: number, blue: number): boolean =>
  blue > 200 && red > 135 && green > red && blue >= green

/** Share of the pixels near a colour. */
export const near = (picture: Picture, [r, g, b]: Colour, reach: number): number =>
  share(picture, (red, green, blue) => Math.hypot(red - r, green - g, blue - b) <= reach)

/** Share of the pixels in which two pictures differ visibly. */
export const difference = (a: Picture, b: Picture): number => {
  let count = 0
  for (let i = 0; i < a.data.length; i += 4) {
    const by = [0, 1, 2].map((k) => Math.abs((a.data[i + k] as number) - (b.data[i + k] as number)))
    if (Math.max(...by) > 24) count++
  }
  return (4 * count) / a.data.length
}

/** A building of a result, and a place well inside. */
export interface Building {
  readonly x: number
  readonly y: number
  readonly properties: Readonly<Record<string, unknown>>
}

/**
 * The buildings of a result, each with the place of a grid over it that is farthest from all its
 * walls.
 */
export const buildingsOf = async (out: string): Promise<Building[]> => {
  const found: Building[] = []
  for await (const { geometry, properties } of deserialize(readFileSync(join(out, "vector", "building.fgb")))) {
    if (geometry.type === "Polygon") found.push({ ...insideOf(geometry.coordinates), properties: properties ?? {} })
  }
  return found
}

const insideOf = (rings: readonly (readonly number[][])[]): { x: number; y: number } => {
  const xs = rings.flat().map((place) => place[0] as number)
  const ys = rings.flat().map((place) => place[1] as number)
  const [west, south, east, north] = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)]
  let best = { x: west, y: south, away: 0 }
  for (let i = 1; i < 40; i++) {
    for (let j = 1; j < 40; j++) {
      const [x, y] = [west + ((east - west) * i) / 40, south + ((north - south) * j) / 40]
      const away = wallsFrom(rings, x, y)
      if (away > best.away) best = { x, y, away }
    }
  }
  return best
}

/** Distance to the nearest wall; 0 outside. */
const wallsFrom = (rings: readonly (readonly number[][])[], x: number, y: number): number => {
  let inside = false
  let least = Infinity
  for (const ring of rings) {
    for (let i = 1; i < ring.length; i++) {
      const [[ax, ay], [bx, by]] = [ring[i - 1], ring[i]] as [[number, number], [number, number]]
      if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) inside = !inside
      const along = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2)
      const part = Math.min(1, Math.max(0, along))
      least = Math.min(least, Math.hypot(ax + part * (bx - ax) - x, ay + part * (by - ay) - y))
    }
  }
  return inside ? least : 0
}

/** The text of an element as a person sees it. */
export const textOf = async (page: Page, selector: string): Promise<string> =>
  (await page.locator(selector).allInnerTexts()).join("\n")

/** Clicks in the middle of a view from above, and gives what the page tells. */
export const factsAt = async (page: Page, { x, y }: { x: number; y: number }, z: number): Promise<string> => {
  await go(page, `at=${x},${y},${z}&look=0,90,80`)
  const middle = page.viewportSize() ?? { width: 0, height: 0 }
  await page.mouse.click(middle.width / 2, middle.height / 2)
  await page.locator("#facts:not([hidden])").waitFor()
  await settle(page)
  return textOf(page, "#facts")
}
