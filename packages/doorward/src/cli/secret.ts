import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { UsageError } from './problem.ts'

const SECRET_BYTES = 32

/**
 * The one secret that everything else is derived from: `DOORWARD_SECRET`, or the file beside the database, made on first
 * use and readable by its owner only. It never enters the database.
 */
export function serverSecret(database: string, given: string | undefined): Buffer {
  if (given !== undefined) return decode(given, 'DOORWARD_SECRET')
  if (database === ':memory:') return randomBytes(SECRET_BYTES)
  const path = `${database}.key`
  const known = read(path)
  if (known !== undefined) return known
  try {
    const file = openSync(path, 'wx', 0o600)
    writeSync(file, `${randomBytes(SECRET_BYTES).toString('base64url')}\n`)
    fsyncSync(file)
    closeSync(file)
  } catch (error) {
    // Another process was first; its secret is the one.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return read(path) as Buffer
}

function read(path: string): Buffer | undefined {
  try {
    return decode(readFileSync(path, 'utf8').trim(), path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function decode(text: string, where: string): Buffer {
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.length < SECRET_BYTES) {
    throw new UsageError(
      `${where} is too short; it has to be at least ${SECRET_BYTES} random bytes in base64url (openssl rand -base64 32).`,
    )
  }
  return bytes
}
