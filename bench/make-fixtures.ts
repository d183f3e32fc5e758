/**
 * `npm run lab -- fixtures make|views`: makes synthetic tiles with known truth, and a scene with
 * oriented images.
 */
import { InvalidArgumentError, Option } from "commander"
import { LANDS } from "../fixtures/land.js"
import { type MakeOptions, makeTiles } from "../fixtures/make.js"
import { writeViewScene } from "../fixtures/make-views.js"
import { labCommand, printJson, within } from "./options.js"
import { shortFigure } from "./text-table.js"

interface MakeFlags extends Omit<MakeOptions, "imagery" | "force"> {
  readonly imagery?: boolean
  readonly force?: boolean
  readonly json?: true
}

interface ViewFlags {
  readonly out: string
  readonly views: number
  readonly spread: number
  readonly cars: number
  readonly seed: number
  readonly json?: true
}

export const main = async (args: string[]): Promise<undefined> => {
  const fixtures = labCommand("fixtures", "Makes synthetic data with known truth, for tests and benchmarks.")
  fixtures
    .command("make")
    .description(
      "Writes neighbouring tiles (point format 6, EPSG:2154) named like deliveries, and the planes of their roofs (truth/*.geojson).\n" +
        "The bytes of a tile depend on seed, land, place, side and density only.",
    )
    .requiredOption("--out <dir>", "folder for the tiles")
    .option("--km <side>", "side of a tile, km, 0.1 to 1", within(0.1, 1, 0.01), 1)
    .option("--density <n>", "points per m², all returns, in the mean over a tile", within(0.5, 200), 30)
    .option("--tiles <n>", "tiles a side: n × n", within(1, 20, 1), 1)
    .option("--seed <n>", "of terrain, vegetation, buildings and noise", within(0, 1_000_000, 1), 1)
    .addOption(new Option("--land <kind>", "of the country, all over").choices(LANDS).default("mixed"))
    .addOption(new Option("--format <format>", "of the points").choices(["copc", "laz", "las"]).default("copc"))
    .option("--corner <x,y>", "north-west corner of the first tile, km (default: 843,6521)", parseCorner)
    .option("--imagery", "an orthophoto of 0.2 m a tile too (ortho/*.tif, uncompressed GeoTIFF)")
    .option("--workers <n>", "threads", within(0, 256, 1), 2)
    .option("--force", "make tiles again that are there")
    .option("--json", "print one JSON document: { tiles, points, bytes, timeMs, pointsPerSecond }")
    .action(make)
  fixtures
    .command("views")
    .description(
      "Writes a scene of 200 m: points (lidar), orthophoto (ortho), colour-infrared (irc), roof planes (truth.geojson), and oriented images (views).\n" +
        "The same options give the same bytes.",
    )
    .requiredOption("--out <dir>", "folder for the scene")
    .option("--views <n>", "oriented images, on two rings around the scene", within(1, 200, 1), 12)
    .option("--spread <share>", "how far gains and biases of the images are apart", within(0, 0.5), 0)
    .option("--cars <n>", "vans before walls, others in each image", within(0, 100, 1), 0)
    .option("--seed <n>", "of vegetation, corrections and cars", within(0, 1_000_000, 1), 1)
    .option("--json", "print one JSON document: { lidar, ortho, irc, truth, images, orientation, camera, corrections }")
    .action(makeViews)
  await fixtures.parseAsync(args, { from: "user" })
}

const make = async ({ json, imagery = false, force = false, ...flags }: MakeFlags): Promise<void> => {
  const started = performance.now()
  const tiles = await makeTiles({ ...flags, imagery, force })
  const timeMs = Math.round(performance.now() - started)
  const sum = (field: "points" | "bytes"): number => tiles.reduce((total, tile) => total + (tile[field] ?? 0), 0)
  const [points, bytes] = [sum("points"), sum("bytes")]
  if (json) return printJson({ tiles, points, bytes, timeMs, pointsPerSecond: Math.round((points * 1000) / timeMs) })
  for (const tile of tiles) console.log(`${tile.outcome.padEnd(9)} ${tile.path}`)
  console.log(`${shortFigure(points, 9)} points, ${shortFigure(bytes / 1e6)} MB, ${shortFigure(timeMs / 1000)} s`)
}

const makeViews = async ({ json, ...flags }: ViewFlags): Promise<void> => {
  const written = await writeViewScene(flags)
  if (json) return printJson(written)
  const { out, views } = flags
  console.log(`${views} image(s) of the scene are in ${written.images}. To make walls of them:`)
  console.log(
    `maille run ${out}/lidar --imagery ${out}/ortho --oriented-images ${out}/views --products mesh,texture --tile-size 100 --out DIR`,
  )
}

const parseCorner = (text: string): [number, number] => {
  const [x = Number.NaN, y = Number.NaN, ...more] = text.split(",").map(Number)
  // Within the area of Lambert-93, in whole steps of 10 m as file names have them.
  const sound = more.length === 0 && x >= 0 && x <= 1300 && y >= 6000 && y <= 7200
  if (sound && [x, y].every((value) => Math.abs(value * 100 - Math.round(value * 100)) < 1e-6)) return [x, y]
  throw new InvalidArgumentError("Expected x,y in km of EPSG:2154, multiples of 0.01, as 843,6521.")
}
