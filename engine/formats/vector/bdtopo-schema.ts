/** Renames the attributes of building footprints to those of BD TOPO. */
import type { LayerStream, StreamFeature, StreamField, StreamValue } from "./flatgeobuf/layer-stream.js"

/** The attribute schemas that {@link withSchema} knows. */
export const schemaNames = ["maille", "bdtopo"] as const
/** One of {@link schemaNames}. */
export type SchemaName = (typeof schemaNames)[number]

/** A field of BD TOPO and the source of its value. */
interface Mapped extends StreamField {
  /** Our attribute that it replaces. Without that attribute the field is left out. */
  readonly from?: string
  /** Computes the value if it differs from that of `from`. */
  readonly value?: (of: (name: string) => StreamValue) => StreamValue
}

/**
 * Buildings in the fields of BD TOPO 3's BATIMENT, under their Shapefile names (10 letters at
 * most).
 *
 * | field | | from |
 * |---|---|---|
 * | ID | identifier of the object | `id`: maille's own, not a BD TOPO `cleabs` |
 * | NATURE | architecture | "Indifférenciée", BD TOPO's value for unknown |
 * | HAUTEUR | m, ground to gutter | `dsm_eaves` − `ground_min`, else `height` |
 * | Z_MIN_SOL | m, lowest ground at the foot | `ground_min` |
 * | Z_MIN_TOIT | m, lowest of the roof | `dsm_eaves` |
 * | Z_MAX_TOIT | m, highest of the roof | `dsm_ridge` |
 *
 * Fields that points cannot provide (USAGE1, NB_LOGTS, MAT_MURS, ETAT …) are left out: an absent
 * field is better than an invented value. Our other attributes follow under their own names. A
 * supplied attribute with the name of a field above is replaced by it.
 */
const buildingFields = (has: (field: string) => boolean): readonly Mapped[] => [
  { name: "ID", type: "string", from: "id" },
  { name: "NATURE", type: "string", value: () => "Indifférenciée" },
  {
    name: "HAUTEUR",
    type: "number",
    ...(has("dsm_eaves") && has("ground_min")
      ? { value: (of) => difference(of("dsm_eaves"), of("ground_min")) }
      : { from: "height" }),
  },
  { name: "Z_MIN_SOL", type: "number", from: "ground_min" },
  { name: "Z_MIN_TOIT", type: "number", from: "dsm_eaves" },
  { name: "Z_MAX_TOIT", type: "number", from: "dsm_ridge" },
]

/**
 * Renames the attributes of a layer to a schema. "bdtopo" changes only footprints, "maille"
 * nothing.
 */
export const withSchema = (layer: LayerStream, schema: SchemaName): LayerStream => {
  if (schema === "maille" || layer.port?.role !== "footprints") return layer
  const places = new Map(layer.fields.map(({ name }, at) => [name, at]))
  const fields = buildingFields((name) => places.has(name))
  const taken = fields.filter(({ from }) => from === undefined || places.has(from))
  const rest = layer.fields.filter(
    (field) =>
      !taken.some(({ from }) => from === field.name) && !fields.some(({ name }) => name === field.name.toUpperCase()),
  )
  const chosen: readonly Mapped[] = [...taken, ...rest.map((field) => ({ ...field, from: field.name }))]
  const renamed = (feature: StreamFeature): StreamFeature => {
    const of = (name: string): StreamValue => feature.values[places.get(name) ?? -1] ?? null
    return { ...feature, values: chosen.map(({ from = "", value }) => value?.(of) ?? of(from)) }
  }
  return {
    ...layer,
    fields: chosen.map(({ from: _, value: __, ...field }) => field),
    features: async function* () {
      for await (const batch of layer.features()) yield batch.map(renamed)
    },
  }
}

/** Heights are whole millimetres, so rounding their difference to millimetres is exact. */
const difference = (high: StreamValue, low: StreamValue): StreamValue =>
  typeof high === "number" && typeof low === "number" ? Math.round((high - low) * 1000) / 1000 : null
