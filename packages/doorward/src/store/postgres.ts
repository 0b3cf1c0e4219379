import type { Client, ClientConfig } from 'pg'
import { hearers, nothingTold } from './change.ts'
import { type Driver, type Statement, type Transaction, transaction, type Work } from './driver.ts'
import type { Migration } from './migrations/migration.ts'
import { databaseClock } from './postgres-clock.ts'
import { breakOff } from './postgres-connection.ts'
import { crew, type Waiting } from './postgres-crew.ts'
import { numbered, parsers } from './postgres-dialect.ts'
import { isLocked, isLost, isOfDatabase, isOfServer, told, unavailable } from './postgres-errors.ts'
import { hostsOf, toPrimary } from './postgres-hosts.ts'
import { hasNotices, postgresNotices, sayChanges } from './postgres-notices.ts'
import { migrate } from './postgres-schema.ts'
import { commitConfirmed, hearWarnings, notStalled } from './postgres-standby.ts'
import { SchemaTooNew } from './schema.ts'

const MOST_READERS = 4
const MOST_WRITERS = 2
const CONNECT_MILLISECONDS = 5000
const STATEMENT_MILLISECONDS = 15_000
/** Shorter than anybody waits for an answer. */
const LOCK_MILLISECONDS = 3000
const IDLE_IN_TRANSACTION_MILLISECONDS = 20_000
const MOST_TRIES = 5
/** serialization_failure, deadlock_detected, unique_violation, and a plan that no longer fits: nothing was changed, and judging again is right. */
const AGAIN = new Set(['40001', '40P01', '23505', '0A000'])
/** "cached plan must not change result type": a newer process has added a column to a table since a statement was prepared. */
const OUTDATED_PLAN = '0A000'

const FOR_UPDATE = ' FOR UPDATE'

/**
 * PostgreSQL as a driver. Verbs that arrive while the last ones are being committed share one transaction and so one commit
 * (group commit), and their statements travel together. Isolation is READ COMMITTED: what a verb judges by it locks, or
 * judges in the statement that changes it.
 */
export function postgresDriver(url: string, nowMilliseconds: () => number, known: readonly Migration[]): Driver {
  const config: ClientConfig & { pipeline: boolean } = {
    pipeline: true,
    connectionTimeoutMillis: CONNECT_MILLISECONDS,
    statement_timeout: STATEMENT_MILLISECONDS,
    query_timeout: STATEMENT_MILLISECONDS,
    lock_timeout: LOCK_MILLISECONDS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MILLISECONDS,
    keepAlive: true,
    application_name: 'doorward',
  }
  const looking = transaction(FOR_UPDATE)
  const { follow, hear } = hearers()
  const names = new Map<string, { readonly name: string; readonly text: string }>()
  let prepares = 0
  let migrated: Promise<void> | undefined
  let isHeard = false
  const clock = databaseClock(nowMilliseconds)
  const primary = toPrimary(hostsOf(url), open)
  const readers = crew(MOST_READERS, connect, readAll)
  const writers = crew(MOST_WRITERS, connect, writeAll, async () => notStalled(await connect()))
  const say = (sql: string, ...values: string[]) => readers.ask((tx) => tx.get(sql, ...values), undefined)
  const notices = postgresNotices(connect, say, hear)

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
    const client = await primary()
    try {
      migrated ??= migrate(client, known).then(async () => {
        isHeard = await hasNotices(client)
      })
      await Promise.all([migrated, clock.measure(client)])
      return client
    } catch (error) {
      migrated = undefined
      breakOff(client)
      throw error instanceof SchemaTooNew ? error : unavailable(error)
    }
  }

  async function open(connectionString: string): Promise<Client> {
    // Read by those who have a PostgreSQL, and by nobody else.
    const pg = (await import('pg')).default
    const client = new pg.Client({ ...config, connectionString, types: parsers(pg.types) } as ClientConfig)
    // Told again by the query that fails; unheard it would end the process.
    client.on('error', () => undefined)
    hearWarnings(client)
    try {
      await client.connect()
    } catch (error) {
      breakOff(client)
      throw unavailable(error)
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
          reject(told(error))
        }
      }),
    )
    const lost = ends.find((end) => end.status === 'rejected')
    if (lost !== undefined) throw lost.reason
  }

  async function readOne<T>(client: Client, work: (tx: Transaction) => Work<T>): Promise<T> {
    try {
      return await finish(client, work(looking))
    } catch (error) {
      if (!isOutdated(error)) throw error
      names.clear()
      return finish(client, work(looking))
    }
  }

  async function writeAll(client: Client, batch: readonly Waiting[]): Promise<void> {
    try {
      const results = await commit(client, batch)
      batch.forEach((waiting, i) => void waiting.resolve(results[i] as never))
    } catch (error) {
      if (isLost(error)) throw error
      // One of them failed and took the others down with it: each now stands for itself, until one finds the way barred.
      let barred = isOfServer(error) ? error : undefined
      for (const waiting of batch) {
        if (barred !== undefined) waiting.reject(told(barred))
        else barred = await writeAlone(client, waiting, batch.length === 1 ? error : undefined)
      }
    }
  }

  /** Returns what bars the way for others too. */
  async function writeAlone(client: Client, waiting: Waiting, failed: unknown): Promise<unknown> {
    let reason = failed
    for (let left = MOST_TRIES; left > 0; left--) {
      if (reason !== undefined && !(isOfDatabase(reason) && AGAIN.has(reason.code ?? ''))) break
      try {
        const [result] = await commit(client, [waiting])
        return void waiting.resolve(result as never)
      } catch (error) {
        if (isLost(error)) throw error
        reason = error
      }
    }
    waiting.reject(told(reason))
    return isOfServer(reason) || isLocked(reason) ? reason : undefined
  }

  async function commit(client: Client, batch: readonly Waiting[]): Promise<unknown[]> {
    const begun = client.query('BEGIN')
    const changed = nothingTold()
    try {
      const results = await Promise.all([inTurn(client, batch, transaction(FOR_UPDATE, changed.add)), begun])
      const said = isHeard ? sayChanges(client, changed.changes()) : []
      await Promise.all([...said, commitConfirmed(client)])
      return results[0]
    } catch (error) {
      if (isOutdated(error)) names.clear()
      if (!isLost(error)) await client.query('ROLLBACK')
      throw error
    } finally {
      // Also where nobody knows whether the database heard the commit.
      for (const change of changed.changes()) hear(change)
    }
  }

  /** Those for rows of their own together, statement by statement; then, one after the other, those that may touch any. */
  async function inTurn(client: Client, batch: readonly Waiting[], tx: Transaction): Promise<unknown[]> {
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

  return {
    read: (look) => readers.ask(look, undefined),
    write: (work, row) => writers.ask(work, row),
    waiting: () => readers.waiting() + writers.waiting(),
    clockAhead: clock.ahead,
    outageSeconds: (within) => Math.max(readers.outageSeconds(within), writers.outageSeconds(within)),
    changes: { follow, notices },
    // Whatever answers at the address is the database.
    isInPlace: async () => true,
    // Autovacuum does.
    tidy: async () => undefined,
    close: async () => {
      notices.close()
      await Promise.all([readers.end(), writers.end()])
    },
  }
}

function isOutdated(error: unknown): boolean {
  return isOfDatabase(error) && error.code === OUTDATED_PLAN
}
