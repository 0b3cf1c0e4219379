import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import type { Terminal } from './commands/command.ts'
import { type Plan, withPorts } from './plan.ts'
import { FailedError, UsageError } from './problem.ts'
import { type Address, CLOSING, listenProblem } from './run.ts'
import { STOP, WORKER_MARK } from './stopping.ts'
import type { FromWorker, Post, Ready } from './worker.ts'

const FIRST_PAUSE_MILLISECONDS = 100
const LONGEST_PAUSE_MILLISECONDS = 10_000
/** One that served for so long is replaced at once, whatever happened before. */
const STEADY_MILLISECONDS = 60_000
/** Beyond the time that answers get to finish, for the database to take what waits. */
const PATIENCE_MILLISECONDS = 30_000

/**
 * Serves with several processes that share the port. This one answers nobody: it opens no database, and holds nothing that could be
 * lost. A worker that ends is replaced, later each time where that goes on; the others serve meanwhile.
 * @param show writes the ready line, once, when all of them serve
 * @throws UsageError or FailedError where they do not come to serve in the first place
 */
export async function superviseWorkers(given: Plan, terminal: Terminal, show: (ready: Ready) => void): Promise<void> {
  const plan = await withPorts(given, takePorts)
  // Where the system does not spread connections itself (decision 0025), whatever NODE_CLUSTER_SCHED_POLICY says.
  cluster.schedulingPolicy = cluster.SCHED_RR
  const { promise: failed, reject: fail } = Promise.withResolvers<never>()
  const running = new Set<Worker>()
  const serving = new Set<Worker>()
  let isStopping = false
  let areServing = false

  function start(number: number, failures = 0, replaces?: string): Promise<Ready> {
    const { promise, resolve } = Promise.withResolvers<Ready>()
    const worker = cluster.fork({ [WORKER_MARK]: 'yes' })
    running.add(worker)
    let readyAt: number | undefined
    worker.on('message', (message: FromWorker) => {
      if ('asks' in message)
        worker.send({ plan, number, ...(replaces === undefined ? {} : { replaces }) } satisfies Post)
      else {
        readyAt = performance.now()
        serving.add(worker)
        resolve(message.ready)
      }
    })
    const gone = (code: number | null, how: string) => {
      running.delete(worker)
      serving.delete(worker)
      if (isStopping) return
      if (!areServing) return fail(notStarted(number, code))
      const wasSteady = readyAt !== undefined && performance.now() - readyAt >= STEADY_MILLISECONDS
      const before = wasSteady ? 0 : failures
      const pause = wasSteady ? 0 : Math.min(LONGEST_PAUSE_MILLISECONDS, FIRST_PAUSE_MILLISECONDS * 2 ** before)
      terminal.say(`Worker ${number} ended (${how}); another takes its place.`)
      setTimeout(() => {
        if (!isStopping) void start(number, before + 1, how)
      }, pause)
    }
    worker.on('exit', (code, signal) => gone(code, signal ?? `status ${code}`))
    worker.on('error', (error: NodeJS.ErrnoException) => {
      // Where the system has no process left to give, nothing will exit. A word that did not reach one that ends is no loss.
      if (worker.process.pid === undefined) gone(null, error.code ?? error.message)
    })
    return promise
  }

  async function end(): Promise<void> {
    isStopping = true
    // One that still starts has nobody to answer, and nothing of it could be lost.
    kill([...running].filter((worker) => !serving.has(worker)))
    const all = [...running].filter((worker) => serving.has(worker) && !worker.isDead())
    const ended = all.map((worker) => once(worker, 'exit'))
    for (const worker of all) if (worker.isConnected()) worker.send(STOP)
    const patience = plan.drainSeconds * 1000 + PATIENCE_MILLISECONDS
    const cut = setTimeout(() => kill(all), patience)
    const ends = await Promise.all(ended)
    clearTimeout(cut)
    const bad = ends.filter(([status]) => status !== 0).map(([status, signal]) => String(signal ?? `status ${status}`))
    if (bad.length > 0)
      throw new FailedError(`${bad.length} of ${all.length} workers did not end well (${bad.join(', ')}).`)
  }

  // Whatever ends this process on the spot ends them too.
  process.on('exit', () => kill([...running]))
  const stopped = terminal.untilStopped()
  try {
    // The first makes what is not there yet; the others find it.
    const first = await Promise.race([start(1), failed, stopped])
    if (first === undefined) return await end()
    const rest = Array.from({ length: plan.workers - 1 }, (_, i) => start(i + 2))
    const others = await Promise.race([Promise.all(rest), failed, stopped])
    if (others === undefined) return await end()
    areServing = true
    show(first)
  } catch (error) {
    await end().catch(() => undefined)
    throw error
  }
  await stopped
  terminal.say(CLOSING)
  await end()
}

function kill(workers: readonly Worker[]): void {
  for (const worker of workers) worker.process.kill('SIGKILL')
}

/** It has said itself why. */
function notStarted(number: number, status: number | null): Error {
  const sentence = `Worker ${number} did not start; what it said stands above.`
  return status === 2 ? new UsageError(sentence) : new FailedError(sentence)
}

/**
 * Workers may share a port with whoever else means to; somebody else who is there is told of here. Each stays taken until the others are, so
 * that two of ours do not get the same.
 */
async function takePorts(addresses: readonly Address[]): Promise<readonly number[]> {
  const servers: Server[] = []
  const ports: number[] = []
  try {
    for (const address of addresses) {
      const server = createServer()
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen({ ...address, exclusive: true }, resolve)
      }).catch((error: NodeJS.ErrnoException) => {
        throw listenProblem(error, address)
      })
      servers.push(server)
      const taken = server.address()
      ports.push(typeof taken === 'object' && taken !== null ? taken.port : address.port)
    }
    return ports
  } finally {
    await Promise.all(servers.map((server) => once(server.close(), 'close')))
  }
}
