/** Starts Chromium and takes pictures of the viewer page. */
import { existsSync } from "node:fs"
import { type Browser, chromium, type Page } from "playwright-core"
import { startViewServer } from "../../cli/view/server.js"

/**
 * Path of Chromium: `MAILLE_CHROMIUM`, or where Debian and others install it. Undefined if there
 * is none.
 */
export const chromiumPath: string | undefined = [
  process.env["MAILLE_CHROMIUM"] ?? "",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
].find((path) => path !== "" && existsSync(path))

/**
 * Chromium without a screen or a graphics card: WebGL runs in software. It contacts no network by
 * itself.
 */
export const launchChromium = (): Promise<Browser> => {
  const args =
    "--headless --no-sandbox --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync --use-gl=angle --use-angle=swiftshader --enable-unsafe-swiftshader"
  return chromium.launch({ executablePath: chromiumPath as string, args: args.split(" ") })
}

/** Hides everything that lies over the view. */
export const viewOnly =
  "#panel, #panel-toggle, #facts, #status, #attribution, #compass, #cross, #overlay { visibility: hidden !important } #stage::after { display: none }"

/** Waits until the page has loaded and drawn everything that its view shows. */
export const settle = async (page: Page): Promise<void> => {
  // The page takes a new address after one turn of its own clock.
  await page.waitForTimeout(200)
  await page.locator('#stage[aria-busy="false"]').waitFor({ timeout: 120_000 })
  await page.waitForTimeout(200)
}

/**
 * The viewer page of an output folder as PNG, at the address `view`. With `page`: all of it, after
 * a click in the middle.
 */
export const pageImage = async (
  browser: Browser,
  folder: string,
  [width, height]: readonly [number, number],
  { view = "", page: isPage = false }: { readonly view?: string; readonly page?: boolean },
): Promise<Buffer> => {
  const server = await startViewServer({ folder, host: "127.0.0.1", port: 0 })
  const context = await browser.newContext({ viewport: { width, height }, locale: "en-GB" })
  try {
    const page = await context.newPage()
    await page.goto(`${server.url}#${view}`)
    await settle(page)
    if (!isPage) return await page.screenshot({ style: viewOnly })
    await page.mouse.click(width / 2, height / 2)
    await page.locator("#facts:not([hidden])").waitFor()
    await settle(page)
    return await page.screenshot()
  } finally {
    await context.close()
    await server.close()
  }
}
