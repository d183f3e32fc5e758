import { spawn } from "node:child_process"
import { once } from "node:events"
import { setTimeout } from "node:timers/promises"
import { describe, expect, it } from "vitest"
import { openCounter } from "../../bench/guard-counter.js"

// perf counts this clock even where the processor's own counters are hidden; its unit is ms.
const counter = await openCounter("task-clock:u")

const SPIN = `
const cpu = () => process.cpuUsage().user / 1000
process.on("message", (ms) => { const end = cpu() + ms; while (cpu() < end); process.send("done") })
process.send("ready")`

describe("openCounter", () => {
  it("gives none where an event cannot be counted", async () => {
    expect(await openCounter("no-such-event:u")).toBeUndefined()
  })

  it.skipIf(counter === undefined)(
    "counts what a process does during the work and nothing else",
    { retry: 2 },
    async () => {
      const child = spawn(process.execPath, ["-e", SPIN], { stdio: ["ignore", "inherit", "inherit", "ipc"] })
      try {
        await once(child, "message")
        const spin = async (ms: number): Promise<string> => {
          const done = once(child, "message")
          child.send(ms)
          return (await done)[0] as string
        }
        await spin(300)
        const idleCounts: number[] = []
        for (let k = 0; k < 5; k++) {
          const idle = await counter!.during(child.pid!, async () => {
            await spin(20)
            return setTimeout(300, "slept")
          })
          expect(idle.result).toBe("slept")
          idleCounts.push(idle.count)
        }
        const busy = await counter!.during(child.pid!, () => spin(400))
        expect(busy.result).toBe("done")
        // This clock goes on while the machine is lent to others, the process's own does not: it says more, never less. The least of a few
        // counts is therefore the one to judge; waiting counted would be 300 at least in each.
        expect(Math.min(...idleCounts)).toBeLessThan(200)
        expect(busy.count).toBeGreaterThan(360)
      } finally {
        child.kill()
      }
    },
  )

  it.skipIf(counter === undefined)("says so when the process is not there", async () => {
    await expect(counter!.during(2 ** 22 - 3, async () => 1)).rejects.toThrow(/perf stat ended/)
  })
})
