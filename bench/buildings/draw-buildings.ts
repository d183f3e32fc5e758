/** `npm run lab -- draw-buildings`: buildings from several CityJSON sequences, side by side. */

import { writeFile } from "node:fs/promises"
import { createCanvas, type SKRSContext2D } from "@napi-rs/canvas"
import { elementAt } from "../../engine/core/lists.js"
import { labCommand, within } from "../options.js"
import { type PlaneFace, readBuildings, type SolidBuilding } from "./solid-building.js"

/** Pixels of a view, and of the name above the views of a building. */
const [width, height, name] = [150, 118, 12]
/** Buildings beside each other. */
const across = 2
/** Direction and height of the eye, degrees: from the south-west, the north-east, above. */
const views = [
  [225, 35],
  [45, 35],
  [180, 90],
] as const
const quality = 72

export const main = async (args: string[]): Promise<undefined> => {
  const command = labCommand("draw-buildings", "Draws the largest buildings of each file, once from every other file.")
    .argument("<files...>", "CityJSON sequences: pairs or more of one place, as BEFORE,AFTER")
    .requiredOption("--out <file>", "JPEG")
    .option("--largest <n>", "buildings of each place", within(1, 1000, 1), 12)
    .parse(args, { from: "user" })
  const { out, largest } = command.opts<{ out: string; largest: number }>()
  const rows: SolidBuilding[][] = []
  for (const files of command.args) {
    const sequences = await Promise.all(files.split(",").map((file) => readBuildings(file, [0, 0])))
    const sizes = sequences.at(-1)?.map((one) => ({ id: one.id, size: floorArea(one) })) ?? []
    const ids = sizes.sort((a, b) => b.size - a.size).slice(0, largest)
    for (const { id } of ids) rows.push(sequences.flatMap((all) => all.find((one) => one.id === id) ?? []))
  }
  const columns = views.length * Math.max(...rows.map((row) => row.length))
  const lines = Math.ceil(rows.length / across)
  const canvas = createCanvas(across * columns * width, lines * (height + name))
  const context = canvas.getContext("2d")
  context.fillStyle = "white"
  context.fillRect(0, 0, canvas.width, canvas.height)
  for (const [r, row] of rows.entries()) {
    const [left, top] = [(r % across) * columns * width, Math.floor(r / across) * (height + name)]
    context.fillStyle = "black"
    context.font = "10px sans-serif"
    context.fillText(
      `${elementAt(row, 0).id}, ${row.map(({ faces }) => `${faces.length} faces`).join(" → ")}`,
      left + 4,
      top + 10,
    )
    for (const [b, building] of row.entries())
      for (const [v, view] of views.entries())
        drawView(context, building, view, left + (b * views.length + v) * width, top + name)
  }
  await writeFile(out, await canvas.encode("jpeg", quality))
}

const floorArea = ({ faces }: SolidBuilding): number =>
  faces.reduce((sum, { kind, area }) => sum + (kind === "ground" ? area : 0), 0)

type Vector = readonly [number, number, number]

const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]

/** Draws the faces that look at the eye, the farthest first. */
const drawView = (
  context: SKRSContext2D,
  { vertices, faces }: SolidBuilding,
  [azimuth, elevation]: (typeof views)[number],
  left: number,
  top: number,
): void => {
  const [a, e] = [(azimuth * Math.PI) / 180, (elevation * Math.PI) / 180]
  const eye: Vector = [Math.sin(a) * Math.cos(e), Math.cos(a) * Math.cos(e), Math.sin(e)]
  const right: Vector = [-Math.cos(a), Math.sin(a), 0]
  const up: Vector = [-Math.sin(a) * Math.sin(e), -Math.cos(a) * Math.sin(e), Math.cos(e)]
  const at = (v: number): Vector => [vertices[3 * v]!, vertices[3 * v + 1]!, vertices[3 * v + 2]!]
  const all = Array.from({ length: vertices.length / 3 }, (_, v) => [dot(at(v), right), dot(at(v), up)] as const)
  const range = (axis: 0 | 1): readonly [number, number] => {
    const values = all.map((place) => place[axis])
    return [Math.min(...values), Math.max(...values)]
  }
  const [[x0, x1], [y0, y1]] = [range(0), range(1)]
  const scale = Math.min((width - 6) / (x1 - x0), (height - 6) / (y1 - y0))
  const seen = faces.filter(({ kind, normal }) => kind !== "ground" && dot(normal, eye) > 1e-3)
  const depth = ({ rings }: PlaneFace): number => {
    const ring = elementAt(rings, 0)
    return ring.reduce((sum, v) => sum + dot(at(v), eye), 0) / ring.length
  }
  const order = seen.map((face) => ({ face, depth: depth(face) })).sort((p, q) => p.depth - q.depth)
  context.lineWidth = 0.5
  context.strokeStyle = "#333"
  for (const { face } of order) {
    context.beginPath()
    for (const ring of face.rings) {
      ring.forEach((v, i) => {
        const [right, down] = elementAt(all, v)
        const x = left + width / 2 + scale * (right - (x0 + x1) / 2)
        const y = top + height / 2 - scale * (down - (y0 + y1) / 2)
        if (i === 0) context.moveTo(x, y)
        else context.lineTo(x, y)
      })
      context.closePath()
    }
    const light = 55 + 35 * Math.max(0, dot(face.normal, [-0.4, -0.5, 0.77]))
    context.fillStyle = face.kind === "roof" ? `hsl(18 55% ${light * 0.8}%)` : `hsl(45 12% ${light}%)`
    context.fill("evenodd")
    context.stroke()
  }
}
