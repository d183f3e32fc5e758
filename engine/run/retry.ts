import { setTimeout as sleep } from "node:timers/promises"

/** How often and how soon a task is tried again. */
export interface RetryOptions {
  /** In all; default 3. */
  readonly tries?: number
  /** Wait before the second try, fourfold before each further one; default 1 s. */
  readonly backOffMs?: number
  /** Ends the waiting: the last result stands. */
  readonly signal?: AbortSignal
}

/**
 * Runs `attempt` until its result is none that may be gone at another try, or the tries are used up; gives the last result and how often it was
 * tried.
 */
export const withRetries = async <R>(
  attempt: () => Promise<R>,
  mayPass: (result: R) => boolean,
  { tries = 3, backOffMs = 1000, signal }: RetryOptions = {},
): Promise<{ readonly result: R; readonly tries: number }> => {
  for (let tried = 1; ; tried++) {
    const result = await attempt()
    if (tried >= tries || signal?.aborted || !mayPass(result)) return { result, tries: tried }
    await sleep(backOffMs * 4 ** (tried - 1), undefined, signal === undefined ? {} : { signal }).catch(() => undefined)
    if (signal?.aborted) return { result, tries: tried }
  }
}
