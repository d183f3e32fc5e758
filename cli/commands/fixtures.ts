import cliProgress from "cli-progress"
import type { Command } from "commander"
import { InvalidArgumentError, Option } from "commander"
import { importFromClone, isClone } from "../from-clone.js"
import { formatTime, grouped, printJson, printLine } from "../print.js"

interface Flags {
  readonly out: string
  readonly km: number
  readonly density: number
  readonly tiles: number
  readonly seed: number
  readonly land: string
  readonly format: string
  readonly corner?: readonly [number, number]
  readonly workers: number
  readonly imagery?: true
  readonly force?: true
  readonly dryRun?: true
  readonly json?: true
}

interface TileReport {
  readonly path: string
  readonly outcome: string
  readonly points?: number
  readonly bytes?: number
  readonly timeMs?: number
}

interface Maker {
  makeTiles(
    options: Omit<Flags, "json">,
    onPoints: (points: number, total: number) => void,
  ): Promise<readonly TileReport[]>
}

/** `maille fixtures make`: synthetic LiDAR HD tiles with known truth, at any density. */
export const addFixtures = (program: Command): void => {
  const fixtures = program
    .command("fixtures", { hidden: !isClone })
    .summary("make synthetic LiDAR HD tiles")
    .description("Synthetic tiles of a country without end, with known truth, for tests and benchmarks.")
  fixtures
    .command("make")
    .summary("make tiles of a synthetic scene")
    .description(
      "Writes neighbouring tiles (point format 6, EPSG:2154) named like deliveries, and the planes of their roofs (truth/*.geojson). " +
        "The bytes of a tile depend on seed, land, place, side and density alone.",
    )
    .requiredOption("--out <dir>", "folder for the tiles")
    .option("--km <side>", "side of a tile, km, 0.1 to 1", inRange(0.1, 1, 0.01), 1)
    .option("--density <n>", "points per m², all returns, in the mean over a tile", inRange(0.5, 200), 30)
    .option("--tiles <n>", "tiles a side: n × n", inRange(1, 20, 1), 1)
    .option("--seed <n>", "of terrain, vegetation, buildings and noise", inRange(0, 1_000_000, 1), 1)
    .addOption(
      new Option("--land <kind>", "of the country, all over")
        .choices(["mixed", "dense-town", "suburb", "farmland", "forest", "mountain"])
        .default("mixed"),
    )
    .addOption(new Option("--format <format>", "of the points").choices(["copc", "laz", "las"]).default("copc"))
    .option("--corner <x,y>", "north-west corner of the first tile, km (default: 843,6521)", cornerOf)
    .option("--imagery", "an orthophoto of 0.2 m a tile too (ortho/*.tif, uncompressed GeoTIFF)")
    .option("--workers <n>", "threads", inRange(0, 256, 1), 2)
    .option("--force", "make tiles again that are there")
    .option("--dry-run", "tell what would be made")
    .option(
      "--json",
      "print one JSON document: { tiles: [{ path, outcome, points, bytes, timeMs }], points, bytes, … }",
    )
    .action((flags: Flags) => make(flags))
  addViews(fixtures)
}

interface ViewFlags {
  readonly out: string
  readonly views: number
  readonly spread: number
  readonly cars: number
  readonly seed: number
  readonly json?: true
}

/** `maille fixtures views`: the one scene whose walls are known, with images that show them. */
const addViews = (fixtures: Command): void => {
  fixtures
    .command("views")
    .summary("make a scene with oriented images")
    .description(
      "Writes a synthetic scene of 200 m: points in four tiles (lidar), an orthophoto (ortho), its colour-infrared twin (irc), the planes of its roofs (truth.geojson), and oriented images of 800 × 600 pixels with\n" +
        "their orientations (views). The same options give the same bytes.",
    )
    .requiredOption("--out <dir>", "folder for the scene")
    .option("--views <n>", "oriented images, on two rings around the scene", inRange(1, 200, 1), 12)
    .option(
      "--spread <share>",
      "how far gains (of 1) and biases (of middle grey) of the images are apart",
      inRange(0, 0.5),
      0,
    )
    .option("--cars <n>", "vans before walls, others in each image", inRange(0, 100, 1), 0)
    .option("--seed <n>", "of vegetation, films and cars", inRange(0, 1_000_000, 1), 1)
    .option("--json", "print one JSON document: { lidar, ortho, irc, truth, images, orientation, camera, films }")
    .action(async ({ json, ...flags }: ViewFlags) => {
      const written = await (
        await importFromClone<ViewMaker>("fixtures/make-views.js", "maille fixtures views")
      ).writeViewScene(flags)
      if (json) return printJson(written)
      const { out, views } = flags
      printLine(`${views} image(s) of the scene are in ${written.images}. To make walls of them:`)
      printLine(
        `maille run ${out}/lidar --imagery ${out}/ortho --oriented-images ${out}/views --products mesh,texture --tile-size 100 --out DIR`,
      )
    })
}

interface ViewMaker {
  writeViewScene(options: Omit<ViewFlags, "json">): Promise<{ readonly images: string }>
}

const inRange =
  (least: number, most: number, step = 0) =>
  (text: string): number => {
    const value = Number(text)
    const onStep = step === 0 || Math.abs(value / step - Math.round(value / step)) < 1e-9
    if (text.trim() !== "" && value >= least && value <= most && onStep) return value
    const steps = step === 0 ? "" : step === 1 ? " whole" : ` multiple of ${step},`
    throw new InvalidArgumentError(`Expected a${steps} number from ${least} to ${most}.`)
  }

const cornerOf = (text: string): [number, number] => {
  const values = text.split(",").map(Number)
  const [x, y] = values as [number, number]
  // Within the area where Lambert-93 is used, on whole 10 m as names have them.
  const sound = values.length === 2 && x >= 0 && x <= 1300 && y >= 6000 && y <= 7200
  if (sound && values.every((value) => Math.abs(value * 100 - Math.round(value * 100)) < 1e-6)) return [x, y]
  throw new InvalidArgumentError("Expected x,y in km of EPSG:2154, multiples of 0.01, as 843,6521.")
}

const make = async ({ json, ...flags }: Flags): Promise<void> => {
  const { makeTiles } = await importFromClone<Maker>("fixtures/make.js", "maille fixtures make")
  const started = performance.now()
  const progress = startProgress()
  let tiles: readonly TileReport[]
  try {
    tiles = await makeTiles(
      {
        ...flags,
        imagery: flags.imagery ?? false,
        force: flags.force ?? false,
        dryRun: flags.dryRun ?? false,
      } as Flags,
      progress.update,
    )
  } finally {
    progress.stop()
  }
  const timeMs = Math.round(performance.now() - started)
  const sum = (field: "points" | "bytes"): number => tiles.reduce((total, tile) => total + (tile[field] ?? 0), 0)
  const [points, bytes] = [sum("points"), sum("bytes")]
  if (json) {
    return printJson({ tiles, points, bytes, timeMs, pointsPerSecond: Math.round((points * 1000) / timeMs) })
  }
  for (const tile of tiles) printLine(`${tile.outcome.padEnd(9)} ${tile.path}`)
  const made = tiles.filter(({ outcome }) => outcome === "done").length
  if (made === 0) return
  const each = (bytes / points).toFixed(2)
  printLine(`${grouped(points)} points, ${grouped(bytes / 1e6)} MB (${each} bytes a point), ${formatTime(timeMs)}`)
}

/** A bar on a terminal; nothing elsewhere. */
const startProgress = (): { update: (points: number, total: number) => void; stop: () => void } => {
  if (!process.stderr.isTTY) return { update: () => undefined, stop: () => undefined }
  const started = performance.now()
  const format = "{bar} {percentage} %  {points} points  {rate} points/s"
  const bar = new cliProgress.SingleBar(
    { format, stream: process.stderr, hideCursor: null, clearOnComplete: true, barsize: 24 },
    cliProgress.Presets.shades_classic,
  )
  bar.start(1, 0, { points: 0, rate: 0 })
  return {
    update: (points, total) => {
      bar.setTotal(total)
      const rate = grouped((points * 1000) / Math.max(1, performance.now() - started))
      bar.update(points, { points: grouped(points), rate })
    },
    stop: () => bar.stop(),
  }
}
