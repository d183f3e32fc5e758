/** Ids of roof planes and breaklines from layer and place, numbered where two places coincide. */
import { objectId } from "../../engine/core/hash.js"

/**
 * Ids by layer and representative point. If several are within 1 cm, the first request has the
 * plain id.
 */
export class PlaceIds {
  private readonly seen = new Map<string, number>()
  private readonly layer: string

  constructor(layer: string) {
    this.layer = layer
  }

  /** The id of a place, whole millimetres of the CRS. */
  at(xMm: number, yMm: number): string {
    const id = objectId(this.layer, xMm / 1000, yMm / 1000)
    const before = this.seen.get(id) ?? 0
    this.seen.set(id, before + 1)
    return before === 0 ? id : objectId(`${this.layer}-${before + 1}`, xMm / 1000, yMm / 1000)
  }
}
