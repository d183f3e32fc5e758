/** The package carries no types: the part of it that is used. */

declare module "delatin" {
  export default class Delatin {
    constructor(data: ArrayLike<number>, width: number, height?: number)
    readonly coords: number[]
    readonly triangles: number[]
    run(maxError: number): void
  }
}
