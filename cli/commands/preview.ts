/** `maille preview`: draws the products of a run as a map, without a browser. */
import type { Command } from "commander"
import { parseBox } from "../../engine/core/parse-values.js"
import { portsOf } from "../../engine/job/declared-ports.js"
import type { Kernel } from "../../engine/kernel.js"
import { mapLayers, previewSizes } from "../../engine/preview/preview-choices.js"
import { formatOfPath, writePicture } from "../picture.js"
import { printJson, say } from "../print.js"

interface PreviewFlags {
  readonly output: string
  readonly layer?: readonly string[]
  readonly size?: string
  readonly bbox?: string
  readonly json?: true
}

export const addPreview = (program: Command, kernels: readonly Kernel[]): void => {
  const names = mapLayers(portsOf(kernels)).map(({ name }) => name)
  program
    .command("preview")
    .summary("draw what a run made as a map")
    .description(
      "Draws an output folder as a map, north up, with scale bar, coordinates, legend and attribution. Needs no browser and no fonts of the machine.\n" +
        "Without --layer: the aerial image, or shaded relief where there is none, vegetation, buildings, contours and tiles.",
    )
    .argument("<dir>", "output folder of a run")
    .requiredOption("-o, --output <file>", "picture to write: .png, .jpg or .webp")
    .option("--layer <name...>", `what to show, one or several (also with commas): ${names.join(", ")}`)
    .option(
      "--size <pixels>",
      `longest side, ${previewSizes.least} to ${previewSizes.most}`,
      String(previewSizes.default),
    )
    .option("--bbox <x,y,x,y>", "part of the ground, metres of the job's CRS")
    .option("--json", "print one JSON document")
    .action((folder: string, flags: PreviewFlags) => preview(folder, flags))
}

const preview = async (folder: string, flags: PreviewFlags): Promise<void> => {
  const { previewOutput } = await import("../../engine/preview/preview-output.js")
  const format = formatOfPath(flags.output, "--output")
  const layers = flags.layer?.flatMap((names) => names.split(",")).filter((name) => name !== "")
  const { image, ...facts } = await previewOutput({
    folder,
    format,
    layers,
    size: flags.size === undefined ? undefined : Number(flags.size),
    bbox: flags.bbox === undefined ? undefined : parseBox(flags.bbox, "--bbox"),
  })
  await writePicture(flags.output, image)
  if (flags.json) printJson({ path: flags.output, format, sizeBytes: image.length, ...facts })
  else {
    const drawn = facts.layers.map(({ name }) => name).join(", ")
    say(
      `${flags.output}: ${facts.width} × ${facts.height} pixels of ${Number(facts.metresPerPixel.toPrecision(3))} m (${drawn})`,
      "result",
    )
  }
}
