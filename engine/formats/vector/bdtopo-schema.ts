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
  /** Ours, which it takes the place of: without that one it is left out. */
  readonly from?: string
  /** Its value where it is not that of `from`. */
  readonly value?: (of: (name: string) => StreamValue) => StreamValue
}

/**
 * Buildings in the fields of BD TOPO 3's BATIMENT, under the names that its Shapefiles have (10 letters at most).
 *
 * | field | | from |
 * |---|---|---|
 * | ID | identifier of the object | `id`: maille's own, not a BD TOPO `cleabs` |
 * | NATURE | architecture | "Indifférenciée", the value for a building that nothing more is known of |
 * | HAUTEUR | m, ground to gutter | `height_eaves` less `height_ground`; `height` where one of them is not known |
 * | Z_MIN_SOL | m, lowest ground at the foot | `height_ground` |
 * | Z_MIN_TOIT | m, lowest of the roof | `height_eaves` |
 * | Z_MAX_TOIT | m, highest of the roof | `height_ridge` |
 *
 * What points cannot tell (USAGE1, NB_LOGTS, MAT_MURS, ETAT …) is not there: an absent field says less than a made-up
 * value. Ours that went into none of these stay, under their own names, after them; one that has the name of a field
 * above (from outlines that were given) gives way to it.
 */
const BUILDING: readonly Mapped[] = [
  { name: "ID", type: "string", from: "id" },
  { name: "NATURE", type: "string", value: () => "Indifférenciée" },
  {
    name: "HAUTEUR",
    type: "number",
    from: "height",
    value: (of) => difference(of("height_eaves"), of("height_ground")) ?? of("height"),
  },
  { name: "Z_MIN_SOL", type: "number", from: "height_ground" },
  { name: "Z_MIN_TOIT", type: "number", from: "height_eaves" },
  { name: "Z_MAX_TOIT", type: "number", from: "height_ridge" },
]

/** The layer with its attributes under the names of a schema: "bdtopo" changes that of footprints, "maille" none. */
export const withSchema = (layer: LayerStream, schema: SchemaName): LayerStream => {
  if (schema === "maille" || layer.port?.role !== "footprints") return layer
  const places = new Map(layer.fields.map(({ name }, at) => [name, at]))
  const taken = BUILDING.filter(({ from }) => from === undefined || places.has(from))
  const rest = layer.fields.filter(
    (field) =>
      !taken.some(({ from }) => from === field.name) && !BUILDING.some(({ name }) => name === field.name.toUpperCase()),
  )
  const chosen: readonly Mapped[] = [...taken, ...rest.map(({ name, type }) => ({ name, type, from: name }))]
  const renamed = (feature: StreamFeature): StreamFeature => {
    const of = (name: string): StreamValue => feature.values[places.get(name) ?? -1] ?? null
    return { ...feature, values: chosen.map(({ from = "", value }) => value?.(of) ?? of(from)) }
  }
  return {
    ...layer,
    fields: chosen.map(({ name, type }) => ({ name, type })),
    features: async function* () {
      for await (const batch of layer.features()) yield batch.map(renamed)
    },
  }
}

/** Heights are in whole millimetres: the difference of two of them is, too. */
const difference = (high: StreamValue, low: StreamValue): StreamValue =>
  typeof high === "number" && typeof low === "number" ? Math.round((high - low) * 1000) / 1000 : null
