import { describe, expect, it } from "vitest"
import { declareKernels } from "../../../engine/job/kernels/declare-kernels.js"
import { invertPathMap, mapJobPaths, mapPath, parsePathMap } from "../../../engine/job/path-map.js"

describe("a path map", () => {
  const map = parsePathMap(["/data=/mnt/data", "/data/images/=s3://bucket/images"], " /store/a=b=/x ;;")

  it("is read from the command line and from the environment", () => {
    expect(map).toEqual([
      { from: "/data", to: "/mnt/data" },
      { from: "/data/images", to: "s3://bucket/images" },
      { from: "/store/a=b", to: "/x" },
    ])
  })

  it.each(["data=/mnt", "/data", "/data=mnt", "=/mnt", ""])("is none of %j", (word) => {
    expect(() => parsePathMap([word])).toThrow(/--map-path: .* expected FROM=TO/)
  })

  it("takes no secret, which would be written with the paths", () => {
    const mapped = (): unknown => parsePathMap(["/data=https://ann:hush@host/data"])
    expect(mapped).toThrow(/https:\/\/\*\*\*@host.*MAILLE_SECRETS/)
    expect(mapped).not.toThrow(/hush/)
  })

  it("names the variable that is unsound", () => {
    expect(() => parsePathMap([], "/data")).toThrow(/^MAILLE_MAP_PATH: "\/data"/)
  })

  it("moves what lies in its folders, by whole names, the longest first", () => {
    expect(mapPath(map, "/data/a.laz")).toBe("/mnt/data/a.laz")
    expect(mapPath(map, "/data")).toBe("/mnt/data")
    expect(mapPath(map, "/data/images/i.jp2")).toBe("s3://bucket/images/i.jp2")
    expect(mapPath(map, "/data/images-2/i.jp2")).toBe("/mnt/data/images-2/i.jp2")
    expect(mapPath(map, "/database/a.laz")).toBe("/database/a.laz")
    expect(mapPath(map, "https://store/data/a.laz")).toBe("https://store/data/a.laz")
    expect(mapPath(parsePathMap(["/=/mnt"]), "/data/a.laz")).toBe("/mnt/data/a.laz")
    expect(mapPath(parsePathMap(["/mnt=/"]), "/mnt/data/a.laz")).toBe("/data/a.laz")
    expect(mapPath(parsePathMap(["/mnt=/"]), "/mnt")).toBe("/")
  })

  it("moves every path of a job, and back", async () => {
    const kernels = (await declareKernels()).map(({ kernel }) => kernel)
    const job = {
      inputs: ["/data/*.laz", "https://store/a.laz"],
      out: "/data/out",
      imagery: ["/data/images"],
      orientedImages: ["/data/views"],
      orientation: ["/data/views/o.opk"],
      kernels: ["/data/k.mjs"],
      aoi: "/data/aoi.geojson",
      limits: "/data/limits.fgb",
      footprints: "/data/f.fgb",
      breaklines: "/data/b.fgb",
      geoid: "/data/g.tif",
      source: "/data is no path here",
    }
    const mapped = mapJobPaths(parsePathMap(["/data=/mnt/data"]), job, kernels)
    expect(JSON.stringify(mapped).match(/"\/mnt\/data/g)).toHaveLength(11)
    expect(mapped.source).toBe(job.source)
    expect(mapped.inputs[1]).toBe("https://store/a.laz")
    expect(mapJobPaths(invertPathMap(parsePathMap(["/data=/mnt/data"])), mapped, kernels)).toEqual(job)
  })
})
