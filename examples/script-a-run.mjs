/**
 * Scripts a run and looks at the outcomes as they come. After `npm run demo`, which makes the
 * sample:
 *
 *     node examples/script-a-run.mjs [INPUT] [OUT]
 */
import { EngineError, openCatalogue, planJob, resolveJob, runJob } from "maille"

const [input = "demo-out/input/lidar", out = "demo-out/scripted"] = process.argv.slice(2)

// Ctrl-C: the run stops cleanly, and the next one goes on where this one stopped.
const stop = new AbortController()
process.once("SIGINT", () => stop.abort())

try {
  const catalogue = await openCatalogue([input])
  for (const { name, count, box } of catalogue.sources) console.log(`${name}: ${count} points in [${box.join(", ")}]`)

  const job = await resolveJob({ inputs: [input], out, products: ["dtm", "vector"], tileSize: 100 })
  const { tasks, points } = await planJob(job)
  console.log(`${tasks.length} tasks, ${points} points`)
  for await (const outcome of runJob(job, { signal: stop.signal })) {
    const detail = outcome.reason ?? `${outcome.points} points in ${Math.round(outcome.timeMs)} ms`
    console.log(`${outcome.stage} ${outcome.key}: ${outcome.outcome}, ${detail}`)
  }
} catch (error) {
  if (!(error instanceof EngineError)) throw error
  console.error(`${error.code}: ${error.message}`)
  process.exitCode = 1
}
