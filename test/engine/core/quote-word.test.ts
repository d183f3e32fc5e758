import { execFileSync } from "node:child_process"
import { expect, it } from "vitest"
import { quoteWord, quoteWords } from "../../../engine/core/texts.js"

const hostile = [
  ...[
    "a$(touch PWNED).laz",
    "a`touch PWNED`.laz",
    "a;touch PWNED;.laz",
    "a'b\"c.laz",
    "a b\tc",
    "",
    "*",
    "~",
    "-rf",
    "#a",
  ],
  ...[
    "a\ntouch PWNED\n#",
    "a\rb",
    "\u001b[2J\u0007\\'x",
    "a\u007f0",
    "é\u0085è",
    "a\u009b31m",
    "\\n",
    "$HOME",
    "!!",
    "a&b|c>d",
  ],
]

it("gives a shell each word as it is, and runs nothing of it", () => {
  const line = quoteWords(["printf", "%s\\0", ...hostile])
  expect(line).not.toMatch(/\p{Cc}/u)
  const printed = execFileSync("bash", ["-c", line], { encoding: "utf8", env: { HOME: "/home", LC_ALL: "C.UTF-8" } })
  expect(printed.split("\0").slice(0, -1)).toEqual(hostile)
})

it("leaves plain words as they are", () => {
  for (const word of ["maille", "--bbox", "1,2,3.5,4", "/data/LHD_0770_6278.copc.laz", "a=b", "EPSG:2154"])
    expect(quoteWord(word)).toBe(word)
})
