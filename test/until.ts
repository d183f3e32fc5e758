import { setTimeout as sleep } from "node:timers/promises"

/**
 * Asks every `everyMs` until the answer is yes; throws when it was not within the time that the
 * most loaded machine takes.
 */
export const until = async (
  what: string,
  isSo: () => boolean | Promise<boolean>,
  { everyMs = 20, seconds = 240 } = {},
): Promise<void> => {
  for (const end = Date.now() + 1000 * seconds; !(await isSo()); await sleep(everyMs))
    if (Date.now() > end) throw new Error(`waited ${seconds} s in vain for ${what}`)
}
