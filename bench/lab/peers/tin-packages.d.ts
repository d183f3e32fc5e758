/** The package has no types; this declares the used part. */

declare module "delatin" {
  export default class Delatin {
    constructor(data: ArrayLike<number>, width: number, height?: number)
    readonly coords: number[]
    readonly triangles: number[]
    run(maxError: number): void
  }
}
