import cluster, { type Worker } from 'node:cluster'

const EXIT_STATUS = { SIGINT: 130, SIGTERM: 143 } as const

/**
 * Resolves at the first SIGINT or SIGTERM. Whoever sends a second one wants no more of it: it ends the process at once.
 *
 * A worker is told by the process that started it, and stops as well where that one is gone. Its own SIGTERM says the same (a
 * service manager sends it to all); Ctrl-C reaches the whole group, and is left to the one above.
 */
export function askedToStop(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const worker = ownWorker()
  if (worker === undefined) {
    let asked = 0
    for (const [signal, status] of Object.entries(EXIT_STATUS)) {
      process.on(signal, () => {
        if (++asked > 1) process.exit(status)
        resolve()
      })
    }
    return promise
  }
  process.on('SIGINT', () => undefined)
  process.on('SIGTERM', () => resolve())
  process.on('message', (message) => {
    if (message === STOP) resolve()
  })
  // Node would end a worker without its parent on the spot, and what it was answering with it.
  process.prependOnceListener('disconnect', () => {
    worker.exitedAfterDisconnect = true
    resolve()
  })
  return promise
}

/** What a worker is told. */
export const STOP = 'stop'
/** Set for workers of ours: a process manager may have started this program as a worker of its own. */
export const WORKER_MARK = 'DOORWARD_WORKER'

/** This process, where `serve --workers` started it. */
export function ownWorker(): Worker | undefined {
  return process.env[WORKER_MARK] === undefined ? undefined : cluster.worker
}
