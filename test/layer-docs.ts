/** The tables of docs/reference/layers.md, from what kernels declare of their layers. */
import type { FeaturesPort, Kernel } from "../engine/kernel.js"

/** A layer and the kernels that make it. */
export interface DocumentedLayer {
  readonly port: FeaturesPort
  readonly kernels: readonly Kernel[]
}

/** The layers of kernels by name. */
export const layersOf = (kernels: readonly Kernel[]): ReadonlyMap<string, DocumentedLayer> => {
  const layers = new Map<string, DocumentedLayer>()
  for (const kernel of kernels) {
    for (const [name, port] of Object.entries(kernel.outputs)) {
      if (port.kind !== "features") continue
      layers.set(name, { port, kernels: [...(layers.get(name)?.kernels ?? []), kernel] })
    }
  }
  return new Map([...layers].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Where the kernels of a layer run: what a job with that layer alone has to do. */
const stagesOf = ({ kernels }: DocumentedLayer): string => {
  const stages = new Set(kernels.flatMap(({ stages: own = ["tile"] }) => own))
  return [...stages].join(", ")
}

const layerTable = (name: string, { port, kernels }: DocumentedLayer): string =>
  [
    `### ${name}`,
    "",
    `${port.geometry}, by ${kernels.map(({ id }) => `\`${id}\``).join(", ")}; stages: ${stagesOf({ port, kernels })}.${port.help === undefined ? "" : ` ${port.help[0]?.toUpperCase()}${port.help.slice(1)}.`}`,
    "",
    "| column | type | unit | |",
    "|---|---|---|---|",
    ...Object.entries(port.columns ?? {}).map(
      ([column, { type, as, unit, help }]) => `| \`${column}\` | ${as ?? type} | ${unit ?? ""} | ${help} |`,
    ),
  ].join("\n")

/** A section for each layer, in the order of their names. */
export const layerDocs = (kernels: readonly Kernel[]): string =>
  [...layersOf(kernels)].map(([name, layer]) => layerTable(name, layer)).join("\n\n")
