import type { Client, ClientConfig } from 'pg'
import { parsers } from './postgres-dialect.ts'
import { unavailable } from './postgres-errors.ts'
import type { PostgresSettings } from './postgres-settings.ts'
import { breakOff } from './postgres-socket.ts'
import { hearWarnings } from './postgres-standby.ts'

/** One connection, and how it is spoken to. */
export interface Connection {
  readonly client: Client
  /** Whether a statement that was named is there the next time. */
  readonly keepsNames: boolean
  /** What begins a transaction. */
  readonly begin: string
}

const CONNECT_MILLISECONDS = 5000
const STATEMENT_MILLISECONDS = 15_000
/** Shorter than anybody waits for an answer. */
const LOCK_MILLISECONDS = 5000
const IDLE_IN_TRANSACTION_MILLISECONDS = 20_000
const LIMITS = [
  ['statement_timeout', STATEMENT_MILLISECONDS],
  ['lock_timeout', LOCK_MILLISECONDS],
  ['idle_in_transaction_session_timeout', IDLE_IN_TRANSACTION_MILLISECONDS],
] as const

/**
 * Connects without a parameter that a pooler could refuse, and finds out whether one is between: it hands out numbers of its own
 * where the server hands out that of its process. Behind one, each transaction may be at another server process, so nothing is left
 * there for later: no named statement, and the limits go with the transaction.
 * @throws StoreUnavailable where it cannot be reached
 */
export async function connectPostgres(connectionString: string, { isPrepared }: PostgresSettings): Promise<Connection> {
  // Read by those who have a PostgreSQL, and by nobody else.
  const pg = (await import('pg')).default
  const config: ClientConfig & { pipeline: boolean } = {
    connectionString,
    pipeline: true,
    connectionTimeoutMillis: CONNECT_MILLISECONDS,
    query_timeout: STATEMENT_MILLISECONDS,
    keepAlive: true,
    application_name: 'doorward',
    types: parsers(pg.types),
  }
  const client = new pg.Client(config)
  // Told again by the query that fails; unheard it would end the process.
  client.on('error', () => undefined)
  hearWarnings(client)
  try {
    await client.connect()
    const { rows } = await client.query('SELECT pg_backend_pid() AS process')
    const isDirect = rows[0]?.process === (client as unknown as { readonly processID: number }).processID
    if (isDirect) await client.query(LIMITS.map(([name, limit]) => `SET ${name} = ${limit}`).join('; '))
    const local = LIMITS.map(([name, limit]) => `SET LOCAL ${name} = ${limit}`)
    return { client, keepsNames: isPrepared ?? isDirect, begin: isDirect ? 'BEGIN' : ['BEGIN', ...local].join('; ') }
  } catch (error) {
    breakOff(client)
    throw unavailable(error)
  }
}
