/** `maille preview`: draws the products of a run as a map, without a browser. */
import { type Command, Option } from "commander"
import { parseBox } from "../../engine/core/parse-values.js"
import { collectPorts } from "../../engine/job/declared-ports.js"
import type { Kernel } from "../../engine/kernel.js"
import { mapLayers, previewSizes } from "../../engine/preview/preview-choices.js"
import { addExamples, completeBy, describeBy } from "../help/declare.js"
import { formatOfPath, writePicture } from "../picture.js"
import { printJson, say } from "../print.js"

interface PreviewFlags {
  readonly out: string
  readonly layer?: readonly string[]
  readonly size?: string
  readonly bbox?: string
  readonly json?: true
}

export const addPreview = (program: Command, kernels: readonly Kernel[]): void => {
  const names = mapLayers(collectPorts(kernels)).map(({ name }) => name)
  const layer = new Option("--layer <name...>")
  const list = names.join(", ")
  describeBy(layer, { en: `layers to draw: ${list}`, fr: `couches à dessiner : ${list}` })
  addExamples(
    program.command("preview"),
    "maille preview out/ -o map.png",
    "maille preview out/ --layer relief,contour -o relief.png",
  )
    .summary("draw products as a map, without a browser")
    .description(
      "The map has a scale bar, coordinates, a legend and the attribution.\n" +
        "Without --layer it shows the aerial image (else shaded relief), water, vegetation, buildings, contours and tiles.",
    )
    .argument("<dir>", "output folder of maille run")
    .requiredOption("-o, --out <file>", "picture to write: .png, .jpg or .webp")
    .addOption(completeBy(layer, names))
    .option(
      "--size <pixels>",
      `longest side, ${previewSizes.least} to ${previewSizes.most} pixels`,
      String(previewSizes.default),
    )
    .option("--bbox <x,y,x,y>", "only this box, CRS metres")
    .option("--json", "print one JSON document")
    .action((folder: string, flags: PreviewFlags) => preview(folder, flags))
}

const preview = async (folder: string, flags: PreviewFlags): Promise<void> => {
  const { previewOutput } = await import("../../engine/preview/preview-output.js")
  const format = formatOfPath(flags.out, "--out")
  const layers = flags.layer?.flatMap((names) => names.split(",")).filter((name) => name !== "")
  const { image, ...facts } = await previewOutput({
    folder,
    format,
    layers,
    size: flags.size === undefined ? undefined : Number(flags.size),
    bbox: flags.bbox === undefined ? undefined : parseBox(flags.bbox, "--bbox"),
  })
  await writePicture(flags.out, image)
  if (flags.json) printJson({ path: flags.out, format, sizeBytes: image.length, ...facts })
  else {
    const drawn = facts.layers.map(({ name }) => name).join(", ")
    say(
      `${flags.out}: ${facts.width} × ${facts.height} pixels of ${Number(facts.metresPerPixel.toPrecision(3))} m (${drawn})`,
      "result",
    )
  }
}
