/**
 * Prints the mean slope (degrees) and the area (m²) of each roof, from the layer of a run:
 *
 *     node 4-roofs.mjs out/vector/roof.fgb
 */
import { readFeatures } from "maille/vector"

const roofs = {}
for await (const { properties } of readFeatures(process.argv[2], { columns: ["building", "slope", "area"] })) {
  roofs[properties.building] ??= { slope: 0, area: 0 }
  const roof = roofs[properties.building]
  roof.slope += properties.slope * properties.area
  roof.area += properties.area
}
for (const roof of Object.values(roofs)) roof.slope /= roof.area
console.log(JSON.stringify(roofs))
