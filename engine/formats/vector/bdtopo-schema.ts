/** Renames the attributes of building footprints to those of BD TOPO. */
import type { LayerStream, StreamFeature, StreamField, StreamValue } from "./flatgeobuf/layer-stream.js"

/** Names of attributes that {@link withSchema} knows. */
export const schemaNames = ["maille", "bdtopo"] as const
/** A way to name the attributes of layers. */
export type SchemaName = (typeof schemaNames)[number]

/** A field of BD TOPO: where its value comes from. */
interface Mapped {
  readonly name: string
  readonly type: StreamField["type"]
  /** Ours, the first that the layer has; none: `constant`. */
  readonly from: readonly string[]
  readonly constant?: string
}

/**
 * Buildings in the fields of BD TOPO 3's BATIMENT, under the names that its Shapefiles have (10 letters at most).
 *
 * | field | | from |
 * |---|---|---|
 * | ID | identifier of the object | `id`: maille's own, not a BD TOPO `cleabs` |
 * | NATURE | architecture | "Indifférenciée", the value for a building that nothing more is known of |
 * | HAUTEUR | m, ground to gutter | `height_eaves` less `height_ground`, else `height` |
 * | Z_MIN_SOL | m, lowest ground at the foot | `height_ground`, else `ground` |
 * | Z_MIN_TOIT | m, lowest of the roof | `height_eaves` |
 * | Z_MAX_TOIT | m, highest of the roof | `height_ridge`, else `roof_max` |
 *
 * What points cannot tell (USAGE1, NB_LOGTS, MAT_MURS, ETAT …) is not there: an absent field says less than a made-up value. Ours that went into none of these stay, under their own
 * names, after them; one that has the name of a field above (from outlines that were given) gives way to it.
 */
const BUILDING: readonly Mapped[] = [
  { name: "ID", type: "string", from: ["id"] },
  { name: "NATURE", type: "string", from: [], constant: "Indifférenciée" },
  { name: "HAUTEUR", type: "number", from: ["height"] },
  { name: "Z_MIN_SOL", type: "number", from: ["height_ground", "ground"] },
  { name: "Z_MIN_TOIT", type: "number", from: ["height_eaves"] },
  { name: "Z_MAX_TOIT", type: "number", from: ["height_ridge", "roof_max"] },
]

/** The layer with its attributes under the names of a schema: "bdtopo" changes that of footprints, "maille" none. */
export const withSchema = (layer: LayerStream, schema: SchemaName): LayerStream => {
  if (schema === "maille" || layer.port?.role !== "footprints") return layer
  const place = (names: readonly string[]): number => {
    for (const name of names) {
      const found = layer.fields.findIndex((field) => field.name === name)
      if (found >= 0) return found
    }
    return -1
  }
  const [eaves, ground] = [place(["height_eaves"]), place(["height_ground", "ground"])]
  const gutter = eaves >= 0 && ground >= 0
  const chosen: { field: StreamField; value: (values: readonly StreamValue[]) => StreamValue }[] = []
  const used = new Set<number>()
  for (const { name, type, from, constant } of BUILDING) {
    const at = place(from)
    if (name === "HAUTEUR" && gutter) {
      chosen.push({ field: { name, type }, value: (values) => difference(values[eaves], values[ground]) })
    } else if (constant !== undefined) chosen.push({ field: { name, type }, value: () => constant })
    else if (at >= 0) {
      used.add(at)
      chosen.push({ field: { name, type }, value: (values) => values[at] ?? null })
    }
  }
  for (const [at, field] of layer.fields.entries()) {
    const taken = BUILDING.some(({ name }) => name === field.name.toUpperCase())
    if (!used.has(at) && !taken) chosen.push({ field, value: (values) => values[at] ?? null })
  }
  const renamed = (feature: StreamFeature): StreamFeature => ({
    ...feature,
    values: chosen.map(({ value }) => value(feature.values)),
  })
  return {
    ...layer,
    fields: chosen.map(({ field }) => field),
    features: async function* () {
      for await (const batch of layer.features()) yield batch.map(renamed)
    },
  }
}

const difference = (high: StreamValue | undefined, low: StreamValue | undefined): StreamValue =>
  // Heights are in whole millimetres: the difference of two of them is, too.
  typeof high === "number" && typeof low === "number" ? Math.round((high - low) * 1000) / 1000 : null
