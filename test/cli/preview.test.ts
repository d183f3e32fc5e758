import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { classColour } from "../../engine/core/colours.js"
import { decodePixels, type Pixels } from "../../engine/formats/raster/sheet.js"
import type { Preview } from "../../engine/index.js"
import { jsonOf, runKept } from "../run-maille.js"
import { IMAGE, ortho, scene, X, Y } from "../scenes/preview-scene.js"

let folder = ""
let out = ""
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "maille-preview-"))
  out = join(folder, "out")
  mkdirSync(join(folder, "ortho"))
  writeFileSync(join(folder, "scene.las"), scene())
  writeFileSync(join(folder, "ortho", "ortho.tif"), ortho())
  const { code, stderr } = await runKept([
    ...["run", join(folder, "scene.las"), "--imagery", join(folder, "ortho"), "--tile-size", "50", "--out", out],
  ])
  expect(stderr).not.toContain("failed")
  expect(code).toBe(0)
})
afterAll(() => rmSync(folder, { recursive: true }))

interface Drawn extends Omit<Preview, "image"> {
  readonly path: string
  readonly pixels: Pixels
}

const draw = async (name: string, ...args: string[]): Promise<Drawn> => {
  const path = join(folder, name)
  const ended = await runKept(["preview", out, "-o", path, "--json", ...args])
  return { ...jsonOf(ended), path, pixels: await decodePixels(readFileSync(path)) }
}

const colourAt = ({ width, data }: Pixels, column: number, row: number): number[] => [
  ...data.slice(
    4 * (Math.floor(row) * width + Math.floor(column)),
    4 * (Math.floor(row) * width + Math.floor(column)) + 3,
  ),
]

/** Colour of the picture at a place of the ground. */
const onGround = ({ pixels, map, bbox, metresPerPixel }: Drawn, x: number, y: number): number[] =>
  colourAt(pixels, map.left + (x - bbox[0]) / metresPerPixel, map.top + (bbox[3] - y) / metresPerPixel)

const far = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? 0))))
const BUILDING = [0xb5, 0x65, 0x3f]

describe("maille preview", () => {
  it("draws roofs and ground where they are, north up", async () => {
    const map = await draw("relief.png", "--layer", "relief,building", "--size", "500")
    expect(Math.max(map.width, map.height)).toBe(500)
    expect([map.pixels.width, map.pixels.height]).toEqual([map.width, map.height])
    expect(map).toMatchObject({
      epsg: 2154,
      layers: [
        { name: "relief", drawn: 4 },
        { name: "building", drawn: 1 },
      ],
    })
    expect(onGround(map, X + 75, Y + 75)).toEqual(BUILDING)
    for (const [dx, dy] of [
      [25, 75],
      [25, 25],
      [75, 25],
    ] as const)
      expect(far(onGround(map, X + dx, Y + dy), BUILDING), `${dx} ${dy}`).toBeGreaterThan(30)
    // Low ground is greener than high ground, which is bright: the south is low.
    const [south = [], north = []] = [onGround(map, X + 25, Y + 2), onGround(map, X + 25, Y + 98)]
    expect((south[1] ?? 0) - (south[0] ?? 0)).toBeGreaterThan(10)
    expect(far(north, [north[0] ?? 0, north[0] ?? 0, north[0] ?? 0])).toBeLessThan(15)
    // The slope faces south, away from the light: darker than the tint alone.
    expect(north[0]).toBeLessThan(238)
  })

  it("drapes the aerial image seen from above, and outlines buildings on it", async () => {
    const map = await draw("image.png", "--layer", "texture", "building", "--size", "600")
    expect(far(onGround(map, X + 25, Y + 75), IMAGE.north)).toBeLessThan(12)
    expect(far(onGround(map, X + 25, Y + 25), IMAGE.south)).toBeLessThan(12)
    expect(far(onGround(map, X + 75, Y + 75), IMAGE.north)).toBeLessThan(12)
    // Tiles meet without a gap: no pixel of the ground keeps the colour of nothing.
    for (let at = 1; at < 99; at += 0.1) {
      for (const [x, y] of [
        [X + at, Y + 25.02],
        [X + 25.02, Y + at],
        [X + 50, Y + at],
        [X + at, Y + 50],
      ] as const)
        expect(far(onGround(map, x, y), [0xe9, 0xed, 0xf0]), `${x} ${y}`).toBeGreaterThan(20)
    }
  })

  it("colours the mesh by class and heights above ground", async () => {
    const map = await draw("class.png", "--layer", "class", "--size", "400")
    const [roof, field] = [onGround(map, X + 75, Y + 75), onGround(map, X + 25, Y + 30)]
    expect(far(roof, classColour(6))).toBeLessThan(6)
    expect(far(field, classColour(2))).toBeLessThan(40)
    expect(far(roof, field)).toBeGreaterThan(40)
    const heights = await draw("height.png", "--layer", "height", "--size", "400")
    expect(onGround(heights, X + 25, Y + 30)).toEqual([0xe9, 0xed, 0xf0])
    expect(far(onGround(heights, X + 75, Y + 75), [0xe9, 0xed, 0xf0])).toBeGreaterThan(60)
  })

  it("draws contours at their heights", async () => {
    const map = await draw(
      "contour.png",
      "--layer",
      "contour",
      "--size",
      "1200",
      "--bbox",
      `${X},${Y},${X + 40},${Y + 40}`,
    )
    // 101 m at 9.5 m north of the corner, 102 m at 19.5 m.
    const darkest = (from: number, to: number): number => {
      let [best, place] = [999, 0]
      for (let y = from; y < to; y += map.metresPerPixel) {
        const sum = onGround(map, X + 20, Y + y).reduce((a, b) => a + b, 0)
        if (sum < best) [best, place] = [sum, y]
      }
      expect(best).toBeLessThan(600)
      return place
    }
    expect(darkest(5, 14)).toBeCloseTo(9.5, 0)
    expect(darkest(15, 24)).toBeCloseTo(19.5, 0)
    expect(onGround(map, X + 20, Y + 14.5)).toEqual([0xe9, 0xed, 0xf0])
  })

  it("draws the tiles' borders", async () => {
    const map = await draw("grid.png", "--layer", "grid", "--size", "500")
    expect(far(onGround(map, X + 50, Y + 30), [0xe9, 0xed, 0xf0])).toBeGreaterThan(60)
    expect(onGround(map, X + 40, Y + 30)).toEqual([0xe9, 0xed, 0xf0])
  })

  it("has a scale bar as long as it says, and an attribution", async () => {
    const map = await draw("plain.png", "--layer", "grid", "--size", "900", "--bbox", `${X},${Y},${X + 73},${Y + 41}`)
    const { left, top, width, height, metres } = map.scaleBar
    expect(width).toBeCloseTo(metres / map.metresPerPixel, 6)
    // Its dark fields and frame, along its middle: first and last dark pixel.
    const row = top + height / 2
    const dark = Array.from({ length: map.width }, (_, column) => column).filter(
      (column) => Math.max(...colourAt(map.pixels, column, row)) < 215 && column < left + width + 5,
    )
    expect(Math.abs((dark.at(-1) ?? 0) - (dark[0] ?? 0) + 1 - width)).toBeLessThanOrEqual(2.5)
    expect(Math.abs((dark[0] ?? 0) - left)).toBeLessThanOrEqual(1)
    const { attribution } = map
    expect(attribution.text).toContain("maille, synthetic scene")
    expect(attribution.text).toMatch(/EPSG:2154 .*maille \d/)
    let inked = 0
    for (let y = attribution.top; y < attribution.top + attribution.height; y++)
      for (let x = attribution.left; x < attribution.left + attribution.width; x++)
        if (Math.max(...colourAt(map.pixels, x, y)) < 160) inked++
    expect(inked).toBeGreaterThan(300)
    expect(colourAt(map.pixels, 2, map.height - 2)).toEqual([255, 255, 255])
  })

  it("makes the same bytes again, and the format that the name asks for", async () => {
    const [first, second] = [await draw("a.png", "--size", "400"), await draw("b.png", "--size", "400")]
    expect(first.layers.map(({ name }) => name)).toEqual([
      "texture",
      "water",
      "vegetation",
      "building",
      "contour",
      "grid",
    ])
    expect(readFileSync(first.path).equals(readFileSync(second.path))).toBe(true)
    expect(readFileSync((await draw("a.jpg", "--size", "320")).path).subarray(0, 3)).toEqual(
      Buffer.from([255, 216, 255]),
    )
    expect(
      readFileSync((await draw("a.webp", "--size", "320")).path)
        .subarray(8, 12)
        .toString(),
    ).toBe("WEBP")
  })

  it.each([
    [["-o", "x.gif"], 2, /\.png, \.jpg or \.webp/],
    [["-o", "x.png", "--layer", "relif"], 2, /unknown layer "relif".*relief/],
    [["-o", "x.png", "--size", "12"], 2, /--size.*320 to 8192/],
    [["-o", "x.png", "--bbox", "0,0,10,10"], 2, /is outside .*770500,6277500,770600,6277600/],
  ])("%j is refused with the remedy", async (args, code, text) => {
    const ended = await runKept(["preview", out, ...args])
    expect(ended.stderr).toMatch(text)
    expect(ended.code).toBe(code)
  })

  it("draws the vector layers of a job that made nothing else", async () => {
    const alone = join(folder, "vector-alone")
    mkdirSync(alone)
    cpSync(join(out, "vector"), join(alone, "vector"), { recursive: true })
    cpSync(join(out, "job.json"), join(alone, "job.json"))
    const path = join(folder, "vector-alone.png")
    const map = jsonOf(await runKept(["preview", alone, "-o", path, "--json"]))
    const whole = jsonOf(await runKept(["preview", out, "-o", join(folder, "whole.png"), "--json"]))
    const found = (layers: Preview["layers"]) => layers.find(({ name }) => name === "building")?.drawn
    expect(found(map.layers)).toBeGreaterThan(0)
    expect(found(map.layers)).toBe(found(whole.layers))
    expect(map.bbox[0]).toBeGreaterThanOrEqual(whole.bbox[0])
    expect(map.bbox[2]).toBeLessThanOrEqual(whole.bbox[2])
  })

  it("names what is missing and how to make it", async () => {
    const elsewhere = await runKept(["preview", folder, "-o", join(folder, "x.png")])
    expect(elsewhere.stderr).toMatch(/not an output folder.*--out/)
    expect(elsewhere.code).toBe(3)
    const [vector, aside] = [join(out, "vector"), join(out, "aside")]
    renameSync(vector, aside)
    try {
      const ended = await runKept(["preview", out, "-o", join(folder, "x.png"), "--layer", "building"])
      expect(ended.stderr).toMatch(/"building" is not in .*--products vector/)
      expect(ended.code).toBe(3)
      const drainage = await runKept(["preview", out, "-o", join(folder, "x.png"), "--layer", "drainage"])
      expect(drainage.stderr).toMatch(/"drainage" is not in .*--add --kernel simulation\.flow\./)
    } finally {
      renameSync(aside, vector)
    }
  })
})

describe("report.json", () => {
  it("tells what the journal holds, and how the run went over time", () => {
    const report = JSON.parse(readFileSync(join(out, "report.json"), "utf8"))
    const ends = readFileSync(join(out, "journal.jsonl"), "utf8")
      .split("\n")
      .flatMap((line) => (line === "" ? [] : [JSON.parse(line)]))
      .filter(({ type }) => type === "end")
    const tiles = ends.filter(({ stage }) => stage === "tile")
    expect(tiles).toHaveLength(4)
    for (const end of tiles) {
      const tile = report.tiles.find(({ key }: { key: string }) => key === end.key)
      const model = ends.find(({ stage, key }) => stage === "model" && key === end.key)
      const { points, metrics, startedAt, worker } = end
      const [timeMs, peakBytes] = [end.timeMs + model.timeMs, Math.max(end.peakBytes, model.peakBytes)]
      expect(tile).toMatchObject({ outcome: end.outcome, timeMs, points, peakBytes, metrics, startedAt, worker })
      expect(tile.quality).toMatch(/^(good|warn|fail)$/)
    }
    const { history, quality } = report
    expect(Date.parse(history.start)).toBe(Math.min(...ends.map(({ startedAt }) => startedAt)))
    expect(history.tiles.reduce((a: number, b: number) => a + b, 0)).toBe(4)
    expect(history.points.reduce((a: number, b: number) => a + b, 0)).toBe(
      tiles.reduce((sum, end) => sum + end.points, 0),
    )
    expect(Math.max(...history.memoryBytes)).toBeGreaterThan(5e7)
    expect(quality.good + quality.warned + quality.failed).toBe(4)
    expect(quality.ok).toBe(quality.failed === 0)
    expect(report.kernels).toContainEqual({ id: "raster.dtm", version: expect.any(Number) })
    const page = readFileSync(join(out, "report.html"), "utf8")
    for (const { key } of tiles) expect(page).toContain(`<title>${key}: done`)
  })
})

describe("maille inspect and plan --map", () => {
  it("draw files by density and tiles by cost", async () => {
    const [sources, tiles] = [join(folder, "sources.png"), join(folder, "tiles.webp")]
    const inspected = jsonOf(await runKept(["inspect", join(folder, "scene.las"), "--map", sources, "--json"]))
    expect(inspected.sources).toHaveLength(1)
    const { width, data } = await decodePixels(readFileSync(sources))
    // One file: the middle of the ramp, in the middle of the map's upper left quarter.
    const at = 4 * (400 * width + 400)
    expect([...data.slice(at, at + 3)]).toEqual([240, 144, 74])
    const planned = await runKept([
      ...[
        "plan",
        join(folder, "scene.las"),
        "--out",
        join(folder, "none"),
        "--tile-size",
        "50",
        "--map",
        tiles,
        "--json",
      ],
    ])
    expect(jsonOf(planned).tasks).toHaveLength(4)
    expect(Math.max(width, (await decodePixels(readFileSync(tiles))).height)).toBeGreaterThan(1000)
  })

  it("refuse a name without a picture's ending, and draw nothing of nothing", async () => {
    const wrong = await runKept(["inspect", join(folder, "scene.las"), "--map", join(folder, "map.tif")])
    expect(wrong.code).toBe(2)
    expect(wrong.stderr).toMatch(/--map.*\.png/)
    const nothing = await runKept(["inspect", join(folder, "ortho", "ortho.tif"), "--map", join(folder, "no.png")])
    expect(nothing.code).toBe(3)
    expect(nothing.stderr).toMatch(/no map was drawn/)
  })
})
