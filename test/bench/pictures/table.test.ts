/** The pictures of the documents against the table that draws them. */
import { readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { pictures } from "../../../bench/pictures/table.js"
import { kernelTable } from "../../../kernels/index.js"
import { root } from "../../source-tree.js"

const docs = join(root, "docs")
const files = pictures.map(({ file }) => file)
/** Drawn by `draw-buildings`, for it needs the models of an earlier commit. */
const compared = "decisions/06-roofs.jpg"

it("are all in the table, each within its size, 2.5 MB together", () => {
  const found = readdirSync(docs, { recursive: true, encoding: "utf8" }).filter(
    (file) => /\.(jpe?g|png|webp)$/.test(file) && !/^(api|\.vitepress)\//.test(file),
  )
  expect(found.sort()).toEqual([...files, compared].sort())
  expect(statSync(join(docs, compared)).size).toBeLessThan(600_000)
  const sizes = pictures.map(({ file, mostBytes }) => ({ file, bytes: statSync(join(docs, file)).size, mostBytes }))
  expect(sizes.filter(({ bytes, mostBytes }) => bytes > mostBytes)).toEqual([])
  expect(sizes.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(2_500_000)
})

it("show every kernel that is not the second half of another", () => {
  const drawn = files.flatMap((file) => /^reference\/kernels\/(.*)\.jpg$/.exec(file)?.[1] ?? [])
  expect(drawn.filter((id) => !(id in kernelTable))).toEqual([])
  // Joins share the picture of their kernel; vegetation is shown by its region, voids as the
  // terrain fills them, and flow and floods by the kernels that finish them. Rasters of the user
  // stay as they are.
  const second = new Set(["vector.vegetation", "terrain.voids", "raster.dhm-fill"])
    .add("simulation.flow-tile")
    .add("simulation.flood-tile")
    .add("raster.dtm-file")
    .add("raster.dsm-file")
  const shared = (id: string): boolean => id.endsWith("-join") || second.has(id)
  expect(Object.keys(kernelTable).filter((id) => !drawn.includes(id) && !shared(id))).toEqual([])
})
