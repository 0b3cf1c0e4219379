import type { Client, ClientConfig } from 'pg'
import { numbered } from '../postgres-dialect.ts'
import { toPrimary } from '../postgres-hosts.ts'
import { postgresSettings } from '../postgres-settings.ts'
import { StoreUnavailable } from '../unavailable.ts'
import { type Cells, columnList, quoted, type Side, TransferRefused } from './side.ts'

const CONNECT_MILLISECONDS = 5000
/** After so long without a word the system asks whether the other side lives, and gives it ten seconds more. */
const SILENCE_MILLISECONDS = 10_000
const TYPE = { integer: 'bigint', text: 'text' } as const

/**
 * Of several hosts, the primary.
 * @throws StoreUnavailable where it does not answer
 */
export async function postgresSide(url: string): Promise<Side> {
  const primary = toPrimary(postgresSettings(url).addresses, async (address) => ({
    client: await connect(address),
    keepsNames: false,
    begin: 'BEGIN',
  }))
  const { client } = await primary()
  let broken: Error | undefined
  client.on('error', (error) => {
    broken ??= error
  })
  const ask = async (sql: string, values: readonly unknown[] = []) => {
    try {
      return await client.query<Cells>({ text: numbered(sql), values: [...values], rowMode: 'array' } as never)
    } catch (error) {
      // What the driver says of each further query is not why.
      throw broken === undefined ? error : cannotBeAsked(broken)
    }
  }
  return {
    engine: 'postgres',
    all: async (sql, ...values) => (await ask(sql, values)).rows as unknown as Cells[],
    run: async (sql, ...values) => (await ask(sql, values)).rowCount ?? 0,
    insert: async (table, rows) => {
      refuseZero(table.name, rows)
      const lists = table.columns.map(({ kind }) => `?::${TYPE[kind]}[]`).join(', ')
      await ask(
        `INSERT INTO ${quoted(table.name)} (${columnList(table.columns)}) SELECT * FROM unnest(${lists})`,
        table.columns.map((_, i) => rows.map((row) => row[i])),
      )
    },
    atomically: async (work, reads) => {
      await ask(reads === undefined ? 'BEGIN' : 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
      try {
        const result = await work()
        await ask('COMMIT')
        return result
      } catch (error) {
        await ask('ROLLBACK').catch(() => undefined)
        throw error
      }
    },
    close: () => client.end(),
  }
}

async function connect(connectionString: string): Promise<Client> {
  const pg = (await import('pg')).default
  const client = new pg.Client({
    connectionString,
    connectionTimeoutMillis: CONNECT_MILLISECONDS,
    keepAlive: true,
    keepAliveInitialDelayMillis: SILENCE_MILLISECONDS,
    application_name: 'doorward',
    // Every value as the server writes it: a number would lose digits beyond 2^53.
    types: { getTypeParser: () => (text: string) => text },
  } as ClientConfig)
  // Told again by the query that fails; unheard it would end the process.
  client.on('error', () => undefined)
  try {
    await client.connect()
  } catch (error) {
    throw cannotBeAsked(error as Error)
  }
  return client
}

function cannotBeAsked(cause: Error): StoreUnavailable {
  return new StoreUnavailable(`The database cannot be asked (${cause.message})`, { cause })
}

/** The one character that SQLite keeps and PostgreSQL does not. */
function refuseZero(table: string, rows: readonly Cells[]): void {
  const found = rows.find((row) => row.some((cell) => cell?.includes('\0')))
  if (found === undefined) return
  throw new TransferRefused(
    `A text in '${table}' (row ${JSON.stringify(found[0])}) has the character U+0000, which PostgreSQL cannot hold; change or remove that row and go on.`,
  )
}
