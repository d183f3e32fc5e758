/** Defines the scenes that two trees are compared on: input, runs and calls. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { loadGdal } from "../../engine/formats/raster/load-gdal.js"

/** One call of the command, in this tree's words. */
export interface Call {
  readonly args: readonly string[]
  /** Written files and folders, whose bytes are compared. */
  readonly writes?: readonly string[]
  /** Fields of its document that depend on the folder and are not compared. */
  readonly unlike?: readonly string[]
  /** The call must be refused. */
  readonly fails?: true
}

/**
 * A place with its calls. Inputs that `make` writes are in `../input/NAME`, seen from either tree's
 * folder.
 */
export interface Scene {
  readonly name: string
  /** Why it cannot be compared here; undefined if it can. */
  readonly missing?: () => string | undefined | Promise<string | undefined>
  /** Makes its inputs in a folder, with the fixtures of a built tree. */
  readonly make?: (tree: string, folder: string) => Promise<unknown>
  /**
   * Arguments of `maille run` without output folder and workers. Absent: the calls use the folders
   * of the scene before it.
   */
  readonly run?: readonly string[]
  /** Calls after the runs, whose output folders are `NAME-1` and `NAME-2`. */
  readonly calls: readonly Call[]
}

/**
 * All scenes, the demo first.
 *
 * @param data folder of real test files, which may be absent
 */
export const makeScenes = (data: string): Scene[] => {
  const inData = (...paths: readonly string[]): string[] => paths.map((path) => join(data, path))
  const needsData = (): string | undefined => (existsSync(join(data, "README.md")) ? undefined : `no data in ${data}`)
  const needsGdal = async (): Promise<string | undefined> =>
    needsData() ?? ((await loadGdal()) === undefined ? "gdal-async is not installed" : undefined)
  const ign = "lidar-hd/ign-pdal-tools/test_data_"
  const montpellier = inData(
    ...["77050_627760", "77055_627755", "77055_627760"].map((place) => `${ign}${place}_LA93_IGN69.laz`),
    "lidar-hd/lidar-for-fuel/test_data_0000_0000_LA93_IGN69.laz",
  )
  const ahn = inData("lidar-other/3dfier/ahn3/ahn3_cropped_1.laz", "lidar-other/3dfier/ahn3/ahn3_cropped_2.laz")
  const bgt = join(data, "lidar-other/3dfier/bgt/bgt_pand.sqlite")
  const bridges = inData(
    ...["0299", "0300"].map(
      (x) => `lidar-hd/las-digital-models/bridge/pointcloud/test_semis_2023_${x}_6802_LA93_IGN69.laz`,
    ),
  )
  return [
    demo,
    commands,
    synthetic,
    walls,
    {
      name: "montpellier",
      missing: needsData,
      run: [...montpellier, "--imagery", join(data, "ortho/ign-pdal-tools"), "--tile-size", "50", "--keep-points", "1"],
      calls: inspections("montpellier", ...montpellier),
    },
    {
      name: "surface",
      missing: needsData,
      run: [...montpellier, "--mesh", "surface", "--products", "mesh,dsm", "--tile-size", "50", "--pack"],
      calls: [json("validate", "surface-1")],
    },
    {
      name: "delft",
      missing: needsGdal,
      run: [...ahn, "--crs", "EPSG:28992", "--footprints", bgt, "--tile-size", "100"],
      calls: [
        ...inspections("delft", ...ahn, "--crs", "EPSG:28992"),
        json("compare", "vector", bgt, "delft-1", "--crs", "EPSG:28992"),
      ],
    },
    {
      name: "bridge",
      missing: needsData,
      run: [...bridges, "--tile-size", "500"],
      calls: inspections("bridge", ...bridges),
    },
  ]
}

const json = (...args: readonly string[]): Call => ({ args: [...args, "--json"] })
const writing = (path: string, ...args: readonly string[]): Call => ({ args: [...args, "--json"], writes: [path] })
const refused = (...args: readonly string[]): Call => ({ args, fails: true })

const inspections = (name: string, ...inputs: readonly string[]): Call[] => [
  json("inspect", ...inputs),
  json("status", `${name}-1`),
  json("validate", `${name}-1`),
]

/**
 * Imports a fixture of a built tree, which may be older: a change of its interface needs a case
 * here.
 */
const fixture = async (tree: string, path: string): Promise<Record<string, (...args: unknown[]) => Promise<unknown>>> =>
  await import(pathToFileURL(join(tree, "dist/fixtures", path)).href)

const demoRun = ["../input/demo/lidar", "--imagery", "../input/demo/ortho", "--tile-size", "100"]

/** The run of `maille demo`, small enough for continuous integration. */
const demo: Scene = {
  name: "demo",
  make: async (tree, folder) => (await fixture(tree, "sample/write-sample.js"))["writeSample"]?.(folder, { seed: 1 }),
  run: demoRun,
  calls: inspections("demo", "../input/demo/lidar", "../input/demo/ortho"),
}

/** Every command that works on files, on the demo's files, and calls that must be refused. */
const commands: Scene = {
  name: "commands",
  calls: [
    { args: ["demo", "--out", "itself"], writes: ["itself/input", "itself/result/raster", "itself/result/vector"] },
    json("kernels"),
    json("kernels", "--schema"),
    // Its document has the size of the report, which contains times.
    { args: ["validate", "demo-1", "--hashes"] },
    json("compare", "vector", "demo-1", "demo-2"),
    json("retry", "demo-1"),
    json("update", "demo-1", "--dry-run"),
    writing("crop.laz", "crop", "../input/demo/lidar", "--bbox", "842050,6520050,842150,6520150", "-o", "crop.laz"),
    writing("copc", "copc", "crop.laz", "--out", "copc"),
    writing("tile.obj", "export", "demo-1", "--at", "842050,6520050", "--out", "tile.obj"),
    writing("tile.ply", "export", "demo-1", "--at", "842150,6520150", "--out", "tile.ply"),
    writing("layers.pmtiles", "convert", "demo-1", "--to", "pmtiles", "--out", "layers.pmtiles"),
    writing("map.png", "preview", "demo-1", "-o", "map.png", "--size", "640"),
    refused("nonsense"),
    refused("run", "--json"),
    refused("run", ...demoRun, "--out", "refused", "--nonsense", "--json"),
    refused("run", ...demoRun, "--out", "refused", "--tile-size", "7", "--json"),
    refused("run", ...demoRun, "--out", "refused", "--products", "nonsense", "--json"),
    refused("run", ...demoRun, "--out", "refused", "--set", "raster.dtm.cell=nonsense", "--json"),
    refused("run", ...demoRun, "--out", "demo-1", "--tile-size", "50", "--json"),
    refused("run", "missing.laz", "--out", "refused", "--json"),
    refused("run", "--job", "missing.json", "--json"),
    refused("plan", "../input/demo/truth.geojson", "--out", "refused", "--json"),
    refused("inspect", "missing.laz", "--json"),
    refused("export", "demo-1", "--tile", "1/2/3", "--json"),
    refused("compare", "vector", "missing", "demo-1", "--json"),
    ...["status", "validate", "hash", "retry"].map((command) => refused(command, "missing", "--json")),
  ],
}

const syntheticRun = ["../input/synthetic", "--imagery", "../input/synthetic/ortho"]

/** Across the corner of four regions, so that every region kernel has neighbours to join. */
const synthetic: Scene = {
  name: "synthetic",
  make: async (tree, folder) => {
    const chosen = { km: 0.1, tiles: 2, density: 8, seed: 1, corner: [839.9, 6520.1], format: "copc", imagery: true }
    const options = { out: folder, ...chosen, workers: 2, force: false, dryRun: false }
    return (await fixture(tree, "make.js"))["makeTiles"]?.(options)
  },
  run: [...syntheticRun, "--tile-size", "50", "--vector-format", "geojson,parquet", "--source-names"],
  calls: [
    ...inspections("synthetic", "../input/synthetic"),
    { ...json("plan", ...syntheticRun, "--tile-size", "100", "--shards", "1", "--out", "shards"), unlike: ["hash"] },
    ...["tile 0", "tile 1", "tile 2", "region 0", "job 0", "model 0", "model 1", "model 2", "finish 0"].map((part) => {
      const [phase, shard] = part.split(" ") as [string, string]
      return json("run", "--job", "shards/plan/job.json", "--phase", phase, "--shard", shard, "--workers", "1")
    }),
    { ...json("status", "shards"), unlike: ["planHash"] },
    json("hash", "shards", "--list"),
  ],
}

/** Walls painted from oriented images. */
const walls: Scene = {
  name: "walls",
  make: async (tree, folder) => {
    const options = { out: folder, views: 6, spread: 0.1, cars: 2, seed: 1 }
    return (await fixture(tree, "make-views.js"))["writeViewScene"]?.(options)
  },
  run: [
    ...["../input/walls/lidar", "--imagery", "../input/walls/ortho", "--irc", "../input/walls/irc"],
    ...["--oriented-images", "../input/walls/views", "--products", "mesh,texture", "--tile-size", "100"],
  ],
  calls: [json("validate", "walls-1"), json("inspect", "../input/walls/views")],
}
