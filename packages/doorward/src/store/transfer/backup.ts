import type { KeyObject } from 'node:crypto'
import { deriveKey } from '@doorward/core/kernel/seal'
import { type Tally, tally } from './checksum.ts'
import type { Watcher } from './filling.ts'
import { readMark } from './mark.ts'
import { lastNumber } from './numbering.ts'
import { migratePlace, openPlace, type Place } from './places.ts'
import { countOf, rowsOf } from './rows.ts'
import { schemaOf, tablesAt } from './schema.ts'
import { openLines, type Sink, sealLines } from './sealed-lines.ts'
import { type Cells, type Engine, TransferRefused } from './side.ts'

export const BACKUP_VERSION = 1

/** What stands in the clear at the beginning of a backup. */
export interface BackupHeader {
  readonly doorward: 'backup'
  readonly version: number
  /** The key of this file comes of it and the server's secret. Its name, too. */
  readonly salt: string
  /** Tells secrets apart and says nothing of them. */
  readonly secret: string
  /** How many migrations the database had seen. */
  readonly schema: number
  readonly engine: Engine
  /** Seconds since 1970. */
  readonly madeAt: number
}

export interface TableTally extends Tally {
  readonly name: string
}

/** What stands at its end. */
export interface BackupEnd {
  readonly tables: readonly TableTally[]
  /** The highest number that an event ever had. */
  readonly lastNumber: string
}

/** A line of a backup: first the table, then its rows, and at last the end of all. */
export type BackupLine = { readonly table: string } | Cells | { readonly end: BackupEnd }

export interface BackupWorld extends Watcher {
  readonly secret: Uint8Array
  readonly nowSeconds: number
  /** 16 random bytes in hexadecimal. */
  readonly salt: string
}

/**
 * Writes all that a database holds, as it is at one moment, while servers go on with it.
 * @throws TransferRefused, StoreUnavailable
 */
export async function backUp(place: Place, world: BackupWorld, sink: Sink): Promise<BackupEnd & BackupHeader> {
  const side = await openPlace(place)
  try {
    const mark = await readMark(side)
    if (mark?.state === 'filling' || mark?.state === 'filled')
      throw new TransferRefused(`The database is being filled from ${mark.other} and is not whole; back up that one.`)
    // What an older release made is kept as it is: that release may serve it, and may have to read the backup. What nobody made yet is empty.
    if (mark === undefined && (await schemaOf(side)) === 0) await migratePlace(place)
    return await side.atomically(async () => {
      const schema = await schemaOf(side)
      const header: BackupHeader = {
        doorward: 'backup',
        version: BACKUP_VERSION,
        salt: world.salt,
        secret: nameOfSecret(world.secret),
        schema,
        engine: side.engine,
        madeAt: world.nowSeconds,
      }
      const tables = await tablesAt(schema)
      let of = 0
      for (const table of tables) of += await countOf(side, table)
      const { line, end } = await sealLines(keyOfBackup(world.secret, header), header, sink)
      const tallies: TableTally[] = []
      let written = 0
      for (const table of tables) {
        await line(JSON.stringify({ table: table.name } satisfies BackupLine))
        const { add, result } = tally()
        for await (const rows of rowsOf(side, table)) {
          if (world.isStopped()) throw new TransferRefused('Stopped; no backup was made.')
          for (const row of rows) {
            add(row)
            await line(JSON.stringify(row))
          }
          written += rows.length
          world.told({ step: 'copying', table: table.name, rows: written, of })
        }
        tallies.push({ name: table.name, ...result() })
      }
      const last: BackupEnd = { tables: tallies, lastNumber: String(await lastNumber(side)) }
      await line(JSON.stringify({ end: last } satisfies BackupLine))
      await end()
      return { ...header, ...last }
    }, 'reads')
  } finally {
    await side.close()
  }
}

export function nameOfSecret(secret: Uint8Array): string {
  return deriveKey(secret, 'name in backups').export().subarray(0, 9).toString('base64url')
}

export function keyOfBackup(secret: Uint8Array, { salt }: Pick<BackupHeader, 'salt'>): KeyObject {
  return deriveKey(secret, `backup ${salt}`)
}

export interface OpenedBackup {
  readonly header: BackupHeader
  readonly lines: () => AsyncGenerator<BackupLine>
}

/**
 * Looks at the header, and opens what follows.
 * @throws TransferRefused where it is no backup, of a later kind, or made under another secret.
 */
export async function openBackup(
  chunks: AsyncIterable<Uint8Array>,
  secret: Uint8Array,
  newestSchema: number,
): Promise<OpenedBackup> {
  const { header: found, lines } = await openLines(chunks)
  const header = found as Partial<BackupHeader>
  if (header.doorward !== 'backup' || typeof header.salt !== 'string' || typeof header.schema !== 'number')
    throw new TransferRefused('This file is no backup of Doorward.')
  if (header.version !== BACKUP_VERSION || header.schema > newestSchema) {
    throw new TransferRefused(
      `The backup was made by a newer Doorward (format ${header.version}, schema ${header.schema}; this one knows ${BACKUP_VERSION} and ${newestSchema}); restore it with that version or a newer one.`,
    )
  }
  if (header.secret !== nameOfSecret(secret)) {
    throw new TransferRefused(
      'The backup was made under another secret; give the one of its server (DOORWARD_SECRET, DOORWARD_SECRET_FILE or DOORWARD_SECRET_COMMAND, or the .key file beside the database to be filled).',
    )
  }
  const key = keyOfBackup(secret, { salt: header.salt })
  return {
    header: header as BackupHeader,
    lines: async function* () {
      for await (const line of lines(key)) yield JSON.parse(line) as BackupLine
    },
  }
}
