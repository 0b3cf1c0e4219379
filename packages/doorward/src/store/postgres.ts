import type { Client, ClientConfig, DatabaseError, types } from 'pg'
import { type Driver, type Statement, type Transaction, transaction, type Work } from './driver.ts'
import type { Migration } from './migrations/migration.ts'
import { numbered } from './postgres-dialect.ts'
import { migrate } from './postgres-schema.ts'
import { SchemaTooNew } from './schema.ts'
import { StoreUnavailable } from './unavailable.ts'

interface Waiting {
  readonly work: (tx: Transaction) => Work<unknown>
  readonly row: string | undefined
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
}

const MOST_READERS = 4
const MOST_WRITERS = 2
/** What waits beyond this is refused: a queue that grows is a hang. */
const MOST_WAITING = 5000
/** Works in one transaction: more would make the first wait for the last. */
const MOST_TOGETHER = 200
const CONNECT_MILLISECONDS = 5000
const STATEMENT_MILLISECONDS = 15_000
const IDLE_IN_TRANSACTION_MILLISECONDS = 20_000
const MOST_TRIES = 5
/**
 * serialization_failure, deadlock_detected, lock_not_available, unique_violation, and a plan that no longer fits: nothing was
 * changed, and judging again is right.
 */
const AGAIN = new Set(['40001', '40P01', '55P03', '23505', '0A000'])
/** "cached plan must not change result type": a newer process has added a column to a table since a statement was prepared. */
const OUTDATED_PLAN = '0A000'

const BIGINT = 20
const BOOLEAN = 16

/** Numbers and truths come as the other engine says them. */
function parsers(known: typeof types) {
  return {
    getTypeParser: ((oid: number, format?: 'text') => {
      if (oid === BIGINT) return Number
      if (oid === BOOLEAN) return (value: string) => (value === 't' ? 1 : 0)
      return known.getTypeParser(oid, format)
    }) as typeof types.getTypeParser,
  }
}

/**
 * PostgreSQL as a driver. Verbs that arrive while the last ones are being committed share one transaction and so one commit
 * (group commit), and their statements travel together. Isolation is READ COMMITTED: what a verb judges by it locks, or
 * judges in the statement that changes it.
 */
export function postgresDriver(url: string, known: readonly Migration[]): Driver {
  const config: ClientConfig & { pipeline: boolean } = {
    connectionString: url,
    pipeline: true,
    connectionTimeoutMillis: CONNECT_MILLISECONDS,
    statement_timeout: STATEMENT_MILLISECONDS,
    query_timeout: STATEMENT_MILLISECONDS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MILLISECONDS,
    keepAlive: true,
    application_name: 'doorward',
  }
  const tx = transaction(' FOR UPDATE')
  const names = new Map<string, { readonly name: string; readonly text: string }>()
  let prepares = 0
  let migrated: Promise<void> | undefined
  const readers = crew(MOST_READERS, readAll)
  const writers = crew(MOST_WRITERS, writeAll)

  function prepared(sql: string) {
    const known = names.get(sql)
    if (known !== undefined) return known
    const fresh = { name: `dw${++prepares}`, text: numbered(sql) }
    names.set(sql, fresh)
    return fresh
  }

  async function answer(client: Client, { wants, sql, values }: Statement): Promise<unknown> {
    const { rows, rowCount } = await client.query({ ...prepared(sql), values: [...values] })
    switch (wants) {
      case 'row':
        return rows[0]
      case 'rows':
        return rows
      case 'count':
        return rowCount ?? 0
      default:
        return wants satisfies never
    }
  }

  async function finish<T>(client: Client, work: Work<T>): Promise<T> {
    const steps = work[Symbol.iterator]()
    let step = steps.next()
    while (!step.done) step = steps.next(await answer(client, step.value))
    return step.value
  }

  async function connect(): Promise<Client> {
    // Read by those who have a PostgreSQL, and by nobody else.
    const pg = (await import('pg')).default
    const client = new pg.Client({ ...config, types: parsers(pg.types) } as ClientConfig)
    // Told again by the query that fails; unheard it would end the process.
    client.on('error', () => undefined)
    try {
      await client.connect()
      migrated ??= migrate(client, known)
      await migrated
    } catch (error) {
      migrated = undefined
      await client.end().catch(() => undefined)
      throw error instanceof SchemaTooNew ? error : unavailable(error)
    }
    return client
  }

  async function readAll(client: Client, batch: readonly Waiting[]): Promise<void> {
    const ends = await Promise.allSettled(
      batch.map(async ({ work, resolve, reject }) => {
        try {
          resolve((await readOne(client, work)) as never)
        } catch (error) {
          if (isLost(error)) throw error
          reject(error)
        }
      }),
    )
    const lost = ends.find((end) => end.status === 'rejected')
    if (lost !== undefined) throw lost.reason
  }

  async function readOne<T>(client: Client, work: (tx: Transaction) => Work<T>): Promise<T> {
    try {
      return await finish(client, work(tx))
    } catch (error) {
      if (!isOutdated(error)) throw error
      names.clear()
      return finish(client, work(tx))
    }
  }

  async function writeAll(client: Client, batch: readonly Waiting[]): Promise<void> {
    try {
      const results = await commit(client, batch)
      batch.forEach((waiting, i) => void waiting.resolve(results[i] as never))
    } catch (error) {
      if (isLost(error)) throw error
      // One of them failed and took the others down with it: each now stands for itself.
      for (const waiting of batch) await writeAlone(client, waiting, batch.length === 1 ? error : undefined)
    }
  }

  async function writeAlone(client: Client, waiting: Waiting, failed: unknown): Promise<void> {
    let reason = failed
    for (let left = MOST_TRIES; left > 0; left--) {
      if (reason !== undefined && !(isOfDatabase(reason) && AGAIN.has(reason.code ?? ''))) break
      try {
        const [result] = await commit(client, [waiting])
        return waiting.resolve(result as never)
      } catch (error) {
        if (isLost(error)) throw error
        reason = error
      }
    }
    waiting.reject(reason)
  }

  async function commit(client: Client, batch: readonly Waiting[]): Promise<unknown[]> {
    const begun = client.query('BEGIN')
    try {
      const results = await Promise.all([inTurn(client, batch), begun])
      await client.query('COMMIT')
      return results[0]
    } catch (error) {
      if (isOutdated(error)) names.clear()
      if (!isLost(error)) await client.query('ROLLBACK')
      throw error
    }
  }

  /** Those for rows of their own together, statement by statement; then, one after the other, those that may touch any. */
  async function inTurn(client: Client, batch: readonly Waiting[]): Promise<unknown[]> {
    const results: unknown[] = new Array(batch.length)
    const chains = new Map<string, Promise<void>>()
    // In one order everywhere, so that two transactions do not wait for each other.
    const named = batch
      .map(({ row, work }, i) => ({ row, work, i }))
      .filter((waiting) => waiting.row !== undefined)
      .sort((a, b) => (String(a.row) < String(b.row) ? -1 : 1))
    for (const { row, work, i } of named) {
      const before = chains.get(row as string)
      const go = async () => {
        results[i] = await finish(client, work(tx))
      }
      chains.set(row as string, before === undefined ? go() : before.then(go))
    }
    const ends = await Promise.allSettled(chains.values())
    const bad = ends.find((end) => end.status === 'rejected')
    if (bad !== undefined) throw bad.reason
    for (const [i, { row, work }] of batch.entries()) if (row === undefined) results[i] = await finish(client, work(tx))
    return results
  }

  /** Connections of which each takes all that waits, as soon as it is free. */
  function crew(most: number, serve: (client: Client, batch: readonly Waiting[]) => Promise<void>) {
    const idle: Client[] = []
    let busy = 0
    const queue: Waiting[] = []
    let ended = false
    const rest: (() => void)[] = []

    async function turn(): Promise<void> {
      if (queue.length === 0 || busy >= most) return
      busy++
      const batch = queue.splice(0, MOST_TOGETHER)
      let client = idle.pop()
      try {
        client ??= await connect()
        await serve(client, batch)
        idle.push(client)
      } catch (error) {
        // Whatever was resolved before stays so. Of the others nobody knows whether the database heard.
        for (const { reject } of batch) reject(isLost(error) ? unavailable(error) : error)
        await client?.end().catch(() => undefined)
      } finally {
        busy--
        if (ended && busy === 0) for (const go of rest) go()
        void turn()
      }
    }

    return {
      ask: <T>(work: (tx: Transaction) => Work<T>, row: string | undefined): Promise<T> =>
        new Promise((resolve, reject) => {
          if (ended) return reject(new StoreUnavailable('The store is closed'))
          if (queue.length >= MOST_WAITING) return reject(new StoreUnavailable('Too much waits for the database'))
          queue.push({ work, row, resolve, reject })
          setImmediate(turn)
        }),
      end: async (): Promise<void> => {
        while (queue.length > 0 && busy < most) await turn()
        ended = true
        if (busy > 0) await new Promise<void>((resolve) => rest.push(resolve))
        await Promise.all(idle.map((client) => client.end()))
      },
    }
  }

  return {
    read: (look) => readers.ask(look, undefined),
    write: (work, row) => writers.ask(work, row),
    // Whatever answers at the address is the database.
    isInPlace: async () => true,
    // Autovacuum does.
    tidy: async () => undefined,
    close: async () => {
      await Promise.all([readers.end(), writers.end()])
    },
  }
}

/** Whether the connection is gone, and not just a statement refused. */
function isLost(error: unknown): boolean {
  if (!isOfDatabase(error)) return error instanceof StoreUnavailable || isOfConnection(error)
  // Class 57P: the server shuts down, crashed, or ended this connection; 25P03: it waited too long in a transaction.
  return error.code === '25P03' || (error.code?.startsWith('57P') ?? false)
}

function isOutdated(error: unknown): boolean {
  return isOfDatabase(error) && error.code === OUTDATED_PLAN
}

/** What the server itself answered. */
function isOfDatabase(error: unknown): error is DatabaseError {
  return error instanceof Error && 'severity' in error
}

function isOfConnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return (
    /^E[A-Z]+$/.test(String((error as NodeJS.ErrnoException).code)) ||
    /connection|timeout|not queryable/i.test(error.message)
  )
}

function unavailable(error: unknown): StoreUnavailable {
  return new StoreUnavailable(`The database cannot be asked (${(error as Error).message})`, { cause: error })
}
