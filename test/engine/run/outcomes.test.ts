import { execFileSync } from "node:child_process"
import { expect, it } from "vitest"
import type { Plan } from "../../../engine/plan/plan.js"
import { rejectedSources } from "../../../engine/run/outcomes.js"

it("the command that meets an unreadable input again is one line that runs nothing of its name", () => {
  const paths = [
    "$(touch PWNED)",
    "`touch PWNED`",
    "x;touch PWNED",
    "it's",
    'a"b',
    "a\ntouch PWNED\n",
    "a\u001b[2J",
  ].map((name) => `/data/${name}.laz`)
  const rejected = paths.map((path) => ({ path, error: { code: "E_INPUT", message: "broken", context: {} } }) as const)
  for (const [i, { reproduce = "" }] of rejectedSources({ job: {}, rejected } as unknown as Plan).entries()) {
    expect(reproduce.split("\n")).toHaveLength(1)
    const script = `maille() { printf '%s\\0' "$@"; }\n${reproduce}\n`
    expect(execFileSync("bash", ["-s"], { input: script, encoding: "utf8" })).toBe(`inspect\0${paths[i]}\0`)
  }
})
