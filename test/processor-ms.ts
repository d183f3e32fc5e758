/**
 * Processor time of this process so far, milliseconds: what a bound is held against on a machine
 * that others load.
 */
export const processorMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
