/** Remembers what was found out about an object. */

/** A function whose result for an object is made once, and given back for as long as the object lives. */
export const remember = <K extends object, T>(make: (key: K) => T): ((key: K) => T) => {
  const known = new WeakMap<K, { readonly value: T }>()
  return (key) => {
    const found = known.get(key) ?? { value: make(key) }
    known.set(key, found)
    return found.value
  }
}
