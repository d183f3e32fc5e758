/** Validators of STAC 1.1 and its extensions, from the stored schemas. */
import { readFileSync } from "node:fs"
import { Ajv, type ValidateFunction } from "ajv"
import { sharedData } from "../../shared-data.js"

const folder = `${sharedData}/schemas/stac`
const CORE = "https://schemas.stacspec.org/v1.1.0"

/** The schemas are stored in folders that their own addresses name otherwise. */
const parts = ["basics", "bands", "common", "data-values", "datetime", "instrument", "licensing", "provider"]
const extensions = ["file", "pointcloud", "processing", "projection", "raster", "table", "version", "web-map-links"]

const read = (path: string): object => JSON.parse(readFileSync(`${folder}/${path}.json`, "utf8"))
const withoutId = ({ $id: _, ...schema }: object & { $id?: unknown }): object => schema

/** What is not stored, as far as a document can be wrong by it. */
const place = { type: "object", required: ["type", "coordinates"], properties: { coordinates: { type: "array" } } }
const feature = {
  type: "object",
  required: ["type", "geometry", "properties"],
  properties: { type: { const: "Feature" }, geometry: { anyOf: [{ type: "null" }, place] } },
}
const projJson = { type: "object", required: ["type", "name"] }

/** Faults of a document by the schema of its type and of all extensions that it names. */
export const openStacSchemas = (): ((document: Record<string, unknown>) => string[]) => {
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true })
  ajv.addSchema(place, "https://geojson.org/schema/Geometry.json")
  ajv.addSchema(feature, "https://geojson.org/schema/Feature.json")
  ajv.addSchema(projJson, "https://proj.org/schemas/v0.7/projjson.schema.json")
  for (const name of parts)
    ajv.addSchema(withoutId(read(`core/item-spec/${name}`)), `${CORE}/item-spec/json-schema/${name}.json`)
  const core = (kind: string): string => {
    ajv.addSchema(withoutId(read(`core/${kind}-spec/${kind}`)), `${CORE}/${kind}-spec/json-schema/${kind}.json`)
    return `${CORE}/${kind}-spec/json-schema/${kind}.json`
  }
  const types: Readonly<Record<string, string>> = {
    Feature: core("item"),
    Collection: core("collection"),
    Catalog: core("catalog"),
  }
  const addresses = new Set<string>()
  for (const name of extensions) {
    const { $id, ...schema } = read(name) as { $id: string }
    addresses.add($id.replace(/#$/, ""))
    ajv.addSchema(schema, $id.replace(/#$/, ""))
  }
  return (document) => {
    const named = document["stac_extensions"] as string[]
    const unknown = named.filter((address) => !addresses.has(address)).map((address) => `no schema ${address}`)
    const all = [types[String(document["type"])] ?? "", ...named.filter((address) => addresses.has(address))]
    const faults = all.flatMap((address) => {
      const validate = ajv.getSchema(address) as ValidateFunction
      return validate(document) ? [] : [`${address}: ${ajv.errorsText(validate.errors)}`]
    })
    return [...unknown, ...faults]
  }
}
