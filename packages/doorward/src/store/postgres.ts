import { hearers, nothingTold } from './change.ts'
import {
  type Driver,
  type NotedEvent,
  type Statement,
  storable,
  type Transaction,
  transaction,
  type Work,
} from './driver.ts'
import type { Migration } from './migrations/migration.ts'
import { MOST_STATEMENTS } from './places.ts'
import { databaseClock } from './postgres-clock.ts'
import { type Connection, connectPostgres } from './postgres-connection.ts'
import { crew, type Waiting } from './postgres-crew.ts'
import { numbered } from './postgres-dialect.ts'
import {
  isAftermath,
  isBarred,
  isCrossed,
  isLost,
  isOfLostNames,
  isPlanStale,
  isToJudgeAgain,
  told,
  unavailable,
} from './postgres-errors.ts'
import { toPrimary } from './postgres-hosts.ts'
import { hasNotices, postgresNotices, sayChanges } from './postgres-notices.ts'
import { migrate } from './postgres-schema.ts'
import { postgresSettings } from './postgres-settings.ts'
import { breakOff, bytesFrom, leave } from './postgres-socket.ts'
import { commitConfirmed, notStalled } from './postgres-standby.ts'
import { eventStatements } from './rows.ts'
import { SchemaTooNew } from './schema.ts'

const MOST_TRIES = 5
/** Of all together, before each stands for itself. */
const MOST_TRIES_TOGETHER = 2

const FOR_UPDATE = ' FOR UPDATE'
/** It is refused to a user who may not change what is there, as that of a new password or of another node may be. */
const CHANGES_NOTHING = 'UPDATE grants SET id = id WHERE 1 = 0'

/**
 * PostgreSQL as a driver. Verbs that arrive while the last ones are being committed share one transaction and so one commit
 * (group commit), and their statements travel together. Isolation is that of the database, READ COMMITTED or stricter: what a
 * verb judges by it locks, or judges in the statement that changes it.
 * @param address `postgres://…`, with `pool_max` and `prepared` of our own
 * @param nowMilliseconds by which connections that have nothing to do are closed, and the clock of the database is measured
 */
export function postgresDriver(address: string, nowMilliseconds: () => number, known: readonly Migration[]): Driver {
  const settings = postgresSettings(address)
  const looking = transaction(FOR_UPDATE)
  const { follow, hear } = hearers()
  const names = new Map<string, { readonly name: string; readonly text: string }>()
  let named = 0
  let keepsNames = true
  let migrated: Promise<void> | undefined
  let isHeard = false
  const clock = databaseClock(nowMilliseconds)
  const primary = toPrimary(settings.addresses, (address) => connectPostgres(address, settings))
  const connections = crew<Connection>({
    most: settings.most,
    nowMilliseconds,
    connect,
    end: ({ client }) => leave(client),
    breakOff: ({ client }) => breakOff(client),
    bytesFrom: ({ client }) => bytesFrom(client),
    check: { read: async () => undefined, write: ({ client }) => notStalled(client) },
    serve: { read: readAll, write: writeAll },
  })
  const say = (sql: string, ...values: string[]) => connections.ask('read', (tx) => tx.get(sql, ...values))
  const notices = postgresNotices(async () => (await connect(() => undefined)).client, say, hear)

  function prepared(sql: string): { readonly name?: string; readonly text: string } {
    const known = names.get(sql)
    if (known !== undefined) return known
    const text = numbered(sql)
    // A name is kept by each connection of the database, and cannot be taken back through a pooler.
    if (names.size >= MOST_STATEMENTS) return { text }
    const fresh = { name: `dw${++named}`, text }
    names.set(sql, fresh)
    return fresh
  }

  async function answer(connection: Connection, { wants, sql, values }: Statement): Promise<unknown> {
    const known = prepared(sql)
    const statement = keepsNames && connection.keepsNames ? known : { text: known.text }
    const { rows, rowCount } = await connection.client.query({ ...statement, values: [...storable(values)] })
    switch (wants) {
      case 'row':
        return rows[0]
      case 'rows':
        return rows
      case 'count':
        return rowCount ?? 0
      case 'nothing':
        return undefined
      default:
        return wants satisfies never
    }
  }

  /** @param sent where the answers are kept that nobody waits for */
  async function finish<T>(connection: Connection, work: Work<T>, sent: Promise<unknown>[] = []): Promise<T> {
    const steps = work[Symbol.iterator]()
    let step = steps.next()
    while (!step.done) {
      const answered = answer(connection, step.value)
      if (step.value.wants === 'nothing') keep(sent, answered)
      step = steps.next(step.value.wants === 'nothing' ? undefined : await answered)
    }
    return step.value
  }

  async function connect(gone: () => void): Promise<Connection> {
    const connection = await primary()
    const { client } = connection
    try {
      migrated ??= migrate(client, known).then(async () => {
        isHeard = await hasNotices(client)
      })
      await Promise.all([migrated, clock.measure(client)])
      client.on('end', gone)
      return connection
    } catch (error) {
      migrated = undefined
      breakOff(client)
      throw error instanceof SchemaTooNew ? error : unavailable(error)
    }
  }

  async function readAll(connection: Connection, batch: readonly Waiting[]): Promise<void> {
    const ends = await Promise.allSettled(
      batch.map(async ({ work, resolve, reject }) => {
        try {
          resolve(await readOne(connection, work))
        } catch (error) {
          if (isUseless(error)) throw error
          reject(told(error))
        }
      }),
    )
    const lost = ends.find((end) => end.status === 'rejected')
    if (lost !== undefined) throw lost.reason
  }

  async function readOne<T>(connection: Connection, work: (tx: Transaction) => Work<T>): Promise<T> {
    try {
      return await finish(connection, work(looking))
    } catch (error) {
      if (!isPlanStale(error)) throw error
      names.clear()
      return finish(connection, work(looking))
    }
  }

  async function writeAll(connection: Connection, batch: readonly Waiting[]): Promise<void> {
    const error = await commitWithin(connection, batch, batch.length === 1 ? MOST_TRIES : MOST_TRIES_TOGETHER)
    if (error === undefined) return
    // One of them failed and took the others down with it, or they are too many at once: each now stands for itself, until one
    // finds the way barred.
    let barred = batch.length === 1 ? error : undefined
    for (const waiting of batch) {
      if (barred !== undefined) waiting.reject(told(barred))
      else {
        const own = await commitWithin(connection, [waiting], MOST_TRIES)
        if (own !== undefined) waiting.reject(told(own))
        if (isBarred(own)) barred = own
      }
    }
  }

  /** Judges again where others were in the way. Returns what is wrong after so many tries. */
  async function commitWithin(connection: Connection, batch: readonly Waiting[], tries: number): Promise<unknown> {
    try {
      const results = await commit(connection, batch)
      batch.forEach((waiting, i) => void waiting.resolve(results[i]))
      return undefined
    } catch (error) {
      if (isUseless(error)) throw error
      const isPlannedAnew = isPlanStale(error)
      if (isPlannedAnew) names.clear()
      const mayAgain = isPlannedAnew || (batch.length === 1 ? isToJudgeAgain(error) : isCrossed(error))
      return mayAgain && tries > 1 ? commitWithin(connection, batch, tries - 1) : error
    }
  }

  async function commit(connection: Connection, batch: readonly Waiting[]): Promise<unknown[]> {
    const { client, begin } = connection
    const begun = client.query(begin)
    const changed = nothingTold()
    const noted: NotedEvent[] = []
    /** Nobody waits for what comes of these: they travel with the commit, which does nothing where one of them fails. */
    const sent: Promise<unknown>[] = []
    const tx: Transaction = { ...looking, tell: changed.add, note: (event) => void noted.push(event) }
    try {
      const [results] = await Promise.all([inTurn(connection, batch, tx, sent), begun])
      for (const waiting of batch) waiting.isUnsure = true
      for (const statement of eventStatements(noted)) keep(sent, answer(connection, { wants: 'nothing', ...statement }))
      if (isHeard) sent.push(...sayChanges(client, changed.changes(), keepsNames && connection.keepsNames))
      await all([...sent, commitConfirmed(client)])
      return results
    } catch (after) {
      const error = await all(sent).then(
        () => after,
        (cause: unknown) => (isAftermath(cause) ? after : cause),
      )
      if (isUseless(error)) throw error
      // The server said no, so that is known.
      for (const waiting of batch) waiting.isUnsure = false
      await client.query('ROLLBACK')
      throw error
    } finally {
      // Also where nobody knows whether the database heard the commit.
      for (const change of changed.changes()) hear(change)
    }
  }

  /** Whether the connection is. A pooler that forgets names does so for all that come after. */
  function isUseless(error: unknown): boolean {
    if (isOfLostNames(error)) keepsNames = false
    return isLost(error) || isOfLostNames(error)
  }

  /** Those for rows of their own together, statement by statement; then, one after the other, those that may touch any. */
  async function inTurn(
    connection: Connection,
    batch: readonly Waiting[],
    tx: Transaction,
    sent: Promise<unknown>[],
  ): Promise<unknown[]> {
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
        results[i] = await finish(connection, work(tx), sent)
      }
      chains.set(row as string, before === undefined ? go() : before.then(go))
    }
    await all(chains.values())
    for (const [i, { row, work }] of batch.entries())
      if (row === undefined) results[i] = await finish(connection, work(tx), sent)
    return results
  }

  return {
    read: (look) => connections.ask('read', look),
    write: (work, row) => connections.ask('write', work, row),
    waiting: connections.waiting,
    changes: { follow, notices },
    // Autovacuum does.
    tidy: async () => false,
    // Whatever answers at the address is the database.
    isInPlace: async () => {
      await connections.ask('read', (tx) => tx.run(CHANGES_NOTHING))
      return true
    },
    clockAhead: clock.ahead,
    outage: connections.outage,
    close: async () => {
      notices.close()
      await connections.close()
    },
  }
}

/** Whoever asks for all of them in the end hears of a failure; until then it is nobody's. */
function keep(sent: Promise<unknown>[], answered: Promise<unknown>): void {
  answered.catch(() => undefined)
  sent.push(answered)
}

/** Waits for all. What the server would not do says why; what came behind it says only that there was something before. */
async function all(answers: Iterable<Promise<unknown>>): Promise<void> {
  const ends = await Promise.allSettled(answers)
  const failures = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []))
  if (failures.length > 0) throw failures.find((failure) => !isAftermath(failure)) ?? failures[0]
}
