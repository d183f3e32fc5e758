type Numbers = Uint32Array | Float64Array

/** A typed array that grows. */
export class GrownArray<T extends Numbers> {
  readonly #make: new (
    length: number,
  ) => T
  #array: T
  #length = 0

  constructor(make: new (length: number) => T) {
    this.#make = make
    this.#array = new make(1024)
  }

  push(values: ArrayLike<number>): void {
    if (this.#length + values.length > this.#array.length) {
      const longer = new this.#make(2 * this.#array.length + values.length)
      longer.set(this.#array)
      this.#array = longer
    }
    for (let k = 0; k < values.length; k++) this.#array[this.#length++] = values[k]!
  }

  /** What was pushed, as a view. */
  get values(): T {
    return this.#array.subarray(0, this.#length) as T
  }
}
