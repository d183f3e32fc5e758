import { Writable } from "node:stream"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import {
  configureLog,
  formatTable,
  formatTime,
  grouped,
  type LogSettings,
  logSettings,
  logText,
} from "../../cli/print.js"
import { createPace, createProgress, endLines, summaryLine } from "../../cli/progress.js"
import { exitCodeOfRun } from "../../cli/verdict.js"
import { loadKernels } from "../../engine/job/kernels/load-kernels.js"
import { notMeasuredText } from "../../engine/job/release.js"
import type { RunEvent, RunSummary } from "../../engine/report/outcome.js"
import { listThresholds, summariseQuality } from "../../engine/report/quality.js"
import type { TileOutcome } from "../../engine/report/tile-outcome.js"

const thresholds = listThresholds((await loadKernels()).map(({ kernel }) => kernel))

const outcome = (rest: Partial<TileOutcome> = {}): TileOutcome => ({
  key: "1/0/0",
  stage: "tile",
  outcome: "done",
  timeMs: 1,
  points: 1000,
  peakBytes: 0,
  ...rest,
})
const progress = (finished: number, tasks: number, rest: Partial<TileOutcome> = {}): RunEvent => ({
  type: "progress",
  finished,
  tasks,
  outcome: outcome(rest),
  costCoreSeconds: 2,
})
const summary = (rest: Partial<RunSummary> = {}): RunSummary => ({
  done: 0,
  unchanged: 0,
  skipped: 0,
  failed: 0,
  quarantined: 0,
  aborted: false,
  pointsDecoded: 0,
  pointsNeeded: 0,
  processPeakBytes: 0,
  processCpuMs: 0,
  steps: [],
  tiles: [],
  timeMs: 65_000,
  ...rest,
})

describe("createPace", () => {
  it("counts points and tiles against the clock, unchanged ones not", () => {
    let time = 0
    const pace = createPace(() => time)
    const costs = { tile: 20, model: 20 }
    pace.event({ type: "plan", tasks: 20, points: 0, tiles: 1, unchangedTiles: 0, costs, workers: 2 })
    expect(pace.left()).toBe("")
    time = 60_000
    pace.event(progress(1, 20, { outcome: "unchanged", points: 1e9, timeMs: 0 }))
    // Nothing of this run has ended yet.
    expect(pace.left()).toBe("")
    for (const finished of [2, 3]) pace.event(progress(finished, 20, { timeMs: 45_000 }))
    pace.event(progress(4, 20, { stage: "source", points: 1e9 }))
    expect(pace.rate()).toBe("33 points/s, 2.0 tiles/min")
    // 22.5 s a core-second, 14 + 20 are left, and 1.5 tasks ran at once.
    expect(pace.left()).toBe("8 min 30 s left")
    for (const finished of [5, 6]) pace.event(progress(finished, 20, { stage: "model", timeMs: 9000 }))
    // The stage's own rate: 14 · 22.5 s + 16 · 4.5 s, with 1.8 tasks at once.
    expect(pace.left()).toBe("3 min 35 s left")
  })
})

const settings = (rest: Partial<LogSettings> = {}): LogSettings => ({
  form: "text",
  quiet: false,
  verbose: false,
  ...rest,
})

/** A stream that keeps what is written. */
const memory = (): { stream: NodeJS.WriteStream; text: () => string } => {
  let text = ""
  const write = (part: string): boolean => {
    text += part
    return true
  }
  const stream = { isTTY: false, write } as unknown as NodeJS.WriteStream
  return { stream, text: () => text }
}

const job = { products: ["dtm", "mesh"], out: "out" } as const

describe("createProgress", () => {
  const lines: string[] = []
  const progressOf = (now: () => number) =>
    createProgress({ job, settings: settings(), now, log: (text, level) => lines.push(`${level} ${text}`) })

  it("says what is made, prints a reason once, and rates at intervals", () => {
    let time = 0
    lines.length = 0
    const bar = progressOf(() => time)
    bar.event({
      type: "plan",
      tasks: 4,
      tiles: 2,
      unchangedTiles: 0,
      points: 5000,
      costs: { tile: 6 },
      workers: 2,
      estimateMs: 3000,
    })
    bar.event(progress(1, 4))
    bar.event(progress(2, 4, { outcome: "failed", reason: "broken" }))
    bar.event(progress(3, 4, { stage: "layer", key: "tree", outcome: "failed", reason: "tile 1/0/0 failed: broken" }))
    expect(lines).toEqual([
      "info making dtm, mesh for 2 tiles (5 000 points) in out",
      "info 4 tasks, about 3.0 s with 2 workers",
      "detail tile 1/0/0 done in 0.0 s, 1 000 points",
      "error tile 1/0/0 failed: broken",
      "detail layer tree failed: tile 1/0/0 failed: broken",
    ])
    time = 6000
    bar.event(progress(4, 4))
    expect(lines.at(-1)).toMatch(/^info 4\/4 tasks {2}\d+ points\/s/)
  })

  it("writes one JSON object a line", () => {
    const { stream, text } = memory()
    const log = createProgress({ job, settings: settings({ form: "json" }), stream })
    log.event(progress(1, 3))
    log.event({ type: "end", summary: summary({ tiles: [outcome()] }) })
    const lines = text()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
    expect(lines[0]).toMatchObject({ type: "progress", finished: 1, tasks: 3 })
    expect(lines[1]).toMatchObject({ type: "end", summary: { tiles: 1 } })
  })
})

describe("logText", () => {
  beforeEach(() => {
    for (const name of ["FORCE_COLOR", "NO_COLOR"]) vi.stubEnv(name, undefined)
  })
  afterEach(() => vi.unstubAllEnvs())

  const of = (level: Parameters<typeof logText>[1], rest: Partial<LogSettings> = {}, text = "a: b") =>
    logText(text, level, settings(rest), new Writable())

  it("puts the time before events, not before hints and the last error", () => {
    expect(of("info")).toMatch(/^\d\d:\d\d:\d\d a: b\n$/)
    expect(of("warning")).toMatch(/^\d\d:\d\d:\d\d warning: a: b\n$/)
    expect([of("hint"), of("fatal")]).toEqual(["a: b\n", "a: b\n"])
  })

  it("hides what --quiet and the lack of --verbose hide", () => {
    const shown = (rest: Partial<LogSettings>): string[] =>
      (["fatal", "result", "error", "warning", "info", "hint", "detail"] as const).filter((level) => of(level, rest))
    expect(shown({ quiet: true })).toEqual(["fatal", "result", "error"])
    expect(shown({})).toEqual(["fatal", "result", "error", "warning", "info", "hint"])
    expect(shown({ verbose: true })).toContain("detail")
  })

  it("writes JSON lines with ISO times", () => {
    expect(JSON.parse(of("result", { form: "json" }) ?? "")).toMatchObject({
      at: expect.stringMatching(/^\d{4}-.*Z$/),
      ...{ type: "message", level: "info", text: "a: b" },
    })
  })

  it("colours terminals only, and escapes control characters of names, which a terminal would obey", () => {
    const [text, terminal] = ["a\u001b[2Jb\r\u009b0m\u202ec\tf", new Writable()]
    expect(of("hint", {}, text)).toBe("a\\x1b[2Jb\\x0d\\x9b0m\\u202ec\tf\n")
    Object.assign(terminal, { isTTY: true, getColorDepth: () => 8 })
    expect(logText("a: b", "warning", settings(), terminal)).toContain("\u001b[33mwarning:\u001b[39m a: b\n")
  })
})

describe("configureLog", () => {
  afterEach(() => configureLog([]))

  it("takes --quiet and --verbose from anywhere before --", () => {
    expect(configureLog(["run", "a", "--quiet", "--log", "json", "--", "--verbose"])).toEqual(
      ["run", "a", "--log", "json", "--", "--verbose"], // The command checks --log itself.
    )
    expect(logSettings()).toEqual({ form: "json", quiet: true, verbose: false })
    expect(() => configureLog(["run", "--quiet", "--verbose"])).toThrow(/--quiet/)
  })
})

describe("the end of a run", () => {
  it("says when there was nothing to do", () => {
    const text = (rest: Partial<RunSummary>): string => summaryLine(summary(rest), "out").text
    expect(text({ unchanged: 4, upToDate: true })).toMatch(/^up to date: .* 4 tiles/)
    expect(text({ done: 3, skipped: 1, unchanged: 1, failed: 1 })).toMatch(
      /^3 tiles done, 1 unchanged, 1 skipped, 1 task failed in 1 min 05 s. Reasons and remedies: report.html and quarantine\/ in out$/,
    )
  })

  const judged = (metrics: Record<string, number>, rest: Partial<RunSummary> = {}): RunSummary =>
    summary({ done: 1, quality: summariseQuality([outcome({ metrics })], thresholds), ...rest })

  it("closes with the verdict of the passport, which --strict turns into exit code 1", () => {
    const last = (one: RunSummary): string | undefined =>
      endLines(one, "out").findLast(({ text }) => text.startsWith("quality:"))?.text
    const good = judged({ "raster.dtm.voidPercent": 0 })
    const unfit = judged({ "raster.dtm.voidPercent": 99, "raster.dsm.voidPercent": 99, "mesh.weld.openEdges": 1 })
    // Only `maille validate` reads the written files: a run alone never says that they are fit.
    expect(last(good)).toBe(`quality: no fault found by the run. ${notMeasuredText}`)
    expect(endLines(good, "out").at(-1)?.text).toMatch(/^Before a release: .* validate out$/)
    expect(last(judged({ "raster.dtm.voidPercent": 3 }))).toBe(
      `quality: no fault found by the run, 1 threshold to look at (raster.dtm.voidPercent 3 %, above 2, in tile 1/0/0), see report.html. ${notMeasuredText}`,
    )
    expect(last(unfit)).toMatch(
      /^quality: not fit for release: 3 thresholds failed \(raster.dtm.voidPercent 99 %, above 25, in tile 1\/0\/0; .*, see report.html$/,
    )
    expect(last(judged({ "raster.dtm.voidPercent": 0 }, { failed: 2 }))).toBe(
      "quality: not fit for release: 2 tasks failed, see report.html",
    )
    const missing = { inputs: 1, of: 3, causes: [], layers: ["tree"] }
    expect(last(judged({ "raster.dtm.voidPercent": 0 }, { quarantined: 1, missing }))).toBe(
      "quality: not fit for release: 1 input file left out, 1 layer without features, see report.html",
    )
    // Nothing is judged where no tile has a figure.
    expect(endLines(summary({ done: 1 }), "out")).toEqual([summaryLine(summary({ done: 1 }), "out")])
    expect([
      exitCodeOfRun(unfit),
      exitCodeOfRun(unfit, { strict: true }),
      exitCodeOfRun(good, { strict: true }),
    ]).toEqual([0, 1, 0])
  })

  it("is an input's fault where every tile with points was skipped for what is missing", () => {
    const skipped = (rest: Partial<TileOutcome> = {}): TileOutcome =>
      outcome({ outcome: "skipped", points: 5, reason: "no ground points", ...rest })
    const empty = skipped({ points: 0, reason: "no points in the tile" })
    const kept = skipped({ outcome: "unchanged" })
    const of = (...tiles: TileOutcome[]): RunSummary => summary({ skipped: tiles.length, tiles })
    expect(exitCodeOfRun(of(skipped(), skipped(), empty))).toBe(3)
    expect(endLines(of(skipped(), skipped(), empty), "out")[1]?.text).toMatch(
      /^nothing was made: .*: no ground points$/,
    )
    // Several reasons, or the rest of a run that was stopped: still nothing.
    expect(exitCodeOfRun(of(skipped(), skipped({ reason: "no roof" }), kept))).toBe(3)
    expect(exitCodeOfRun(of(empty))).toBe(0)
    expect(exitCodeOfRun(of(skipped(), outcome({ points: 5 })))).toBe(0)
    expect(exitCodeOfRun(of(skipped(), outcome({ outcome: "unchanged", points: 5 })))).toBe(0)
    // Nothing left to do; but the last phase of a plan finds all work done, and it alone decides.
    expect([exitCodeOfRun(of(kept)), exitCodeOfRun(of(kept), { isLast: true })]).toEqual([0, 3])
  })

  it("has the exit code of what happened", () => {
    const failed = (code: "E_INPUT" | "E_FORMAT" | "E_RESOURCE"): TileOutcome =>
      outcome({ outcome: "failed", error: { code, message: "", context: {} } })
    expect(exitCodeOfRun(summary({ done: 1 }))).toBe(0)
    expect(exitCodeOfRun(summary({ done: 1, failed: 1, tiles: [failed("E_INPUT")] }))).toBe(1)
    expect(exitCodeOfRun(summary({ failed: 2, tiles: [failed("E_INPUT"), failed("E_FORMAT")] }))).toBe(3)
    expect(exitCodeOfRun(summary({ failed: 1, tiles: [failed("E_RESOURCE")] }))).toBe(4)
    expect(exitCodeOfRun(summary({ failed: 2, tiles: [failed("E_RESOURCE"), failed("E_INPUT")] }))).toBe(1)
    expect(exitCodeOfRun(summary({ done: 1, aborted: true }))).toBe(130)
  })
})

describe("text for people", () => {
  it("groups digits, tells spans of time, aligns figures to the right", () => {
    expect([grouped(0), grouped(999), grouped(1000), grouped(1_234_567)]).toEqual(["0", "999", "1 000", "1 234 567"])
    expect([formatTime(1500), formatTime(61_000), formatTime(3_660_000)]).toEqual(["1.5 s", "1 min 01 s", "1 h 01 min"])
    expect(
      formatTable([
        ["name", "n"],
        ["a", 10],
        ["bcdef", 5],
      ]),
    ).toBe("name    n\na      10\nbcdef   5")
  })
})
