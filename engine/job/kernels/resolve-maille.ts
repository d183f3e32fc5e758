/**
 * A resolver for Node.js: `maille` and its sub-paths are this package, from a module of any folder.
 * Hooks load this module in a thread of their own, so it imports nothing.
 */

interface Context {
  readonly parentURL?: string | undefined
}

/** Resolves a package's own name as a module of this package would, anything else as usual. */
export const resolve = <C extends Context, R>(
  specifier: string,
  context: C,
  next: (name: string, context: C) => R,
): R => next(specifier, /^maille(\/|$)/.test(specifier) ? { ...context, parentURL: import.meta.url } : context)
