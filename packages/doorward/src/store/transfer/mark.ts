import { CHANNEL } from '../postgres-notices.ts'
import { hasTable } from './schema.ts'
import { quoted, type Side, type Table, TransferRefused } from './side.ts'

/**
 * What a database is while it takes part in a move, and what it was.
 *
 * - `leaving`: everything in it is being copied elsewhere, and nobody writes to it; can be taken back.
 * - `left`: it was copied, and what came after is elsewhere; stays so.
 * - `filling`: it is being filled, and not whole yet.
 * - `filled`: all of it was compared with where it comes from.
 */
export type MoveState = 'leaving' | 'left' | 'filling' | 'filled'

export interface Mark {
  readonly state: MoveState
  /** The same on both sides of a move. */
  readonly id: string
  /** The other side, as it may be printed. */
  readonly other: string
}

export const MARK_TABLE = 'doorward_move'
export const READ_MARK = `SELECT state, id, other FROM ${MARK_TABLE} WHERE one = 1`

export async function readMark(side: Pick<Side, 'engine' | 'all'>): Promise<Mark | undefined> {
  if (!(await hasTable(side, MARK_TABLE))) return undefined
  const [row] = await side.all(READ_MARK)
  if (row === undefined) return undefined
  const [state, id, other] = row
  return { state: state as MoveState, id: String(id), other: String(other) }
}

/** Within a transaction of the caller. */
export async function writeMark(side: Side, { state, id, other }: Mark): Promise<void> {
  await side.run(
    `CREATE TABLE IF NOT EXISTS ${MARK_TABLE} (one BIGINT PRIMARY KEY, state TEXT NOT NULL, id TEXT NOT NULL, other TEXT NOT NULL)`,
  )
  await side.run(`DELETE FROM ${MARK_TABLE}`)
  await side.run(`INSERT INTO ${MARK_TABLE} (one, state, id, other) VALUES (1, ?, ?, ?)`, state, id, other)
}

/**
 * Goes from one state to the next, within a transaction of the caller.
 * @throws TransferRefused where another process was faster.
 */
export async function turnMark(side: Side, id: string, from: MoveState, to: MoveState): Promise<void> {
  const turned = await side.run(
    `UPDATE ${MARK_TABLE} SET state = ? WHERE one = 1 AND id = ? AND state = ?`,
    to,
    id,
    from,
  )
  if (turned !== 1) throw new TransferRefused('This was given up, or finished, by another process meanwhile.')
}

export async function dropMark(side: Side): Promise<void> {
  await side.run(`DROP TABLE ${MARK_TABLE}`)
}

const TRIGGER = 'doorward_closed'
const CHANGES = ['INSERT', 'UPDATE', 'DELETE'] as const
/** cannot_connect_now: servers of every version answer it with 503 and Retry-After. */
const CLOSED_CODE = '57P03'
const CLOSED_WORDS = 'this Doorward database is closed, since it moves elsewhere'
const CLOSE_TRIES = 20
const LOCK_MILLISECONDS = 3000

/**
 * Closes a database for all who write, with its mark, in one transaction: whatever was being written is written when it returns, and nothing
 * comes after. The engine itself refuses, so that servers of every version that run on it are kept out.
 */
export async function closeDatabase(side: Side, tables: readonly Table[], mark: Mark): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await side.atomically(() => close(side, tables, mark))
    } catch (error) {
      // deadlock_detected, lock_not_available: somebody is in the middle of writing; nothing happened, and they will be done.
      const code = (error as { readonly code?: string }).code
      if (tries === CLOSE_TRIES || (code !== '40P01' && code !== '55P03')) throw error
    }
  }
}

async function close(side: Side, tables: readonly Table[], mark: Mark): Promise<void> {
  const before = await readMark(side)
  if (before !== undefined)
    throw new TransferRefused('Another process began to move this database just now; try again.')
  if (side.engine === 'sqlite') {
    for (const { name } of tables) {
      for (const change of CHANGES) {
        await side.run(
          `CREATE TRIGGER ${quoted(`${TRIGGER}_${name}_${change.toLowerCase()}`)} BEFORE ${change} ON ${quoted(name)}
           BEGIN SELECT RAISE(ABORT, '${CLOSED_WORDS}'); END`,
        )
      }
    }
  } else {
    await side.run(`SET LOCAL lock_timeout = ${LOCK_MILLISECONDS}`)
    await side.run(
      `CREATE OR REPLACE FUNCTION ${TRIGGER}() RETURNS trigger LANGUAGE plpgsql AS
       $$BEGIN RAISE EXCEPTION '${CLOSED_WORDS}' USING ERRCODE = '${CLOSED_CODE}'; END$$`,
    )
    // The lock of each waits for those who write and keeps further ones out until the trigger is there for all to see.
    for (const { name } of tables) {
      await side.run(
        `CREATE TRIGGER ${TRIGGER} BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON ${quoted(name)}
         FOR EACH STATEMENT EXECUTE FUNCTION ${TRIGGER}()`,
      )
    }
    // What servers remember of it they look up anew, and are refused there.
    await side.all('SELECT pg_notify(?, ?)', CHANNEL, 'everything')
  }
  await writeMark(side, mark)
}

/** Opens it again, where its move was not finished. */
export async function reopenDatabase(side: Side, id: string): Promise<void> {
  await side.atomically(async () => {
    // Whoever finishes the move at this moment turns the same row: one of the two is refused.
    await turnMark(side, id, 'leaving', 'leaving')
    if (side.engine === 'postgres') await side.run(`DROP FUNCTION ${TRIGGER}() CASCADE`)
    else {
      const triggers = await side.all(
        "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name LIKE ? ESCAPE '\\'",
        `${TRIGGER.replace('_', '\\_')}\\_%`,
      )
      for (const [name] of triggers) await side.run(`DROP TRIGGER ${quoted(String(name))}`)
    }
    await dropMark(side)
  })
}
