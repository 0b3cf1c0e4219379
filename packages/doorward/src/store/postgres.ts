import type { Client, ClientConfig, DatabaseError } from 'pg'
import { hearers, nothingTold } from './change.ts'
import { type Driver, type Statement, type Transaction, transaction, type Work } from './driver.ts'
import { MIGRATIONS } from './migrations/index.ts'
import { inPostgres, numbered, parsers } from './postgres-dialect.ts'
import { hasNotices, postgresNotices, sayChanges } from './postgres-notices.ts'
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
/** serialization_failure, deadlock_detected, lock_not_available, unique_violation: nothing was changed, and judging again is right. */
const AGAIN = new Set(['40001', '40P01', '55P03', '23505'])

const FOR_UPDATE = ' FOR UPDATE'

/**
 * PostgreSQL as a driver. Verbs that arrive while the last ones are being committed share one transaction and so one commit
 * (group commit), and their statements travel together. Isolation is READ COMMITTED: what a verb judges by it locks, or
 * judges in the statement that changes it.
 */
export function postgresDriver(url: string): Driver {
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
  const looking = transaction(FOR_UPDATE)
  const { follow, hear } = hearers()
  const names = new Map<string, { readonly name: string; readonly text: string }>()
  let migrated: Promise<void> | undefined
  let isHeard = false
  const readers = crew(MOST_READERS, readAll)
  const writers = crew(MOST_WRITERS, writeAll)
  const say = (sql: string, ...values: string[]) => readers.ask((tx) => tx.get(sql, ...values), undefined)
  const notices = postgresNotices(connect, say, hear)

  function prepared(sql: string) {
    const known = names.get(sql)
    if (known !== undefined) return known
    const fresh = { name: `dw${names.size}`, text: numbered(sql) }
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
      migrated ??= migrate(client).then(async () => {
        isHeard = await hasNotices(client)
      })
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
          resolve((await finish(client, work(looking))) as never)
        } catch (error) {
          if (isLost(error)) throw error
          reject(error)
        }
      }),
    )
    const lost = ends.find((end) => end.status === 'rejected')
    if (lost !== undefined) throw lost.reason
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
    const told = nothingTold()
    try {
      const results = await Promise.all([inTurn(client, batch, transaction(FOR_UPDATE, told.add)), begun])
      const said = isHeard ? sayChanges(client, told.changes()) : []
      await Promise.all([...said, client.query('COMMIT')])
      return results[0]
    } catch (error) {
      if (!isLost(error)) await client.query('ROLLBACK')
      throw error
    } finally {
      // Also where nobody knows whether the database heard the commit.
      for (const change of told.changes()) hear(change)
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
    changes: { follow, notices },
    // Autovacuum does.
    tidy: async () => undefined,
    close: async () => {
      notices.close()
      await Promise.all([readers.end(), writers.end()])
    },
  }
}

class SchemaTooNew extends Error {}

/** Forward only, one process at a time: whoever comes second waits for the row. */
async function migrate(client: Client): Promise<void> {
  await client.query('CREATE TABLE IF NOT EXISTS doorward_schema (one BIGINT PRIMARY KEY, version BIGINT NOT NULL)')
  await client.query('INSERT INTO doorward_schema (one, version) VALUES (1, 0) ON CONFLICT DO NOTHING')
  await client.query('BEGIN')
  try {
    const { rows } = await client.query('SELECT version FROM doorward_schema WHERE one = 1 FOR UPDATE')
    const version = Number(rows[0]?.version)
    if (version > MIGRATIONS.length) {
      throw new SchemaTooNew(
        `The database was made by a newer Doorward (schema ${version}, this one knows ${MIGRATIONS.length}); run that version or a newer one.`,
      )
    }
    for (const migration of MIGRATIONS.slice(version)) {
      for (const statement of inPostgres(migration)) await client.query(statement)
    }
    if (version < MIGRATIONS.length)
      await client.query('UPDATE doorward_schema SET version = $1 WHERE one = 1', [MIGRATIONS.length])
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined)
    throw error
  }
}

/** Whether the connection is gone, and not just a statement refused. */
function isLost(error: unknown): boolean {
  if (!isOfDatabase(error)) return error instanceof StoreUnavailable || isOfConnection(error)
  // Class 57P: the server shuts down, crashed, or ended this connection; 25P03: it waited too long in a transaction.
  return error.code === '25P03' || (error.code?.startsWith('57P') ?? false)
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
