import { readFileSync } from 'node:fs'
import type { JWK } from 'jose'
import { clock } from '../compose.ts'
import { FailedError, UsageError } from '../problem.ts'
import type { AddCommand, Terminal } from './command.ts'

interface SignOptions {
  readonly key: string
  readonly issuer: string
  readonly metadata: string
  readonly algorithm: string
  readonly days: string
  readonly keyId?: string
  readonly json?: boolean
}

const DAY = 86_400

export const statement: AddCommand = (program, terminal) => {
  program
    .command('statement')
    .description('Software statements (RFC 7591), for makers of applications.')
    .command('sign')
    .description('Sign what an application says of itself, so that servers which trust you take it.')
    .requiredOption('--key <file>', 'your private key: PKCS #8 in PEM, or a JWK')
    .requiredOption('--issuer <issuer>', 'who you are; servers know your public key under this name')
    .requiredOption('--metadata <file>', 'JSON: software_id, client_name, redirect_uris …')
    .option('--algorithm <name>', 'ES256, RS256, PS256 or EdDSA', 'ES256')
    .option('--key-id <kid>', 'the kid of the key (a JWK names its own)')
    .option('--days <days>', 'how long the statement is good', '365')
    .option('--json', 'print one line of JSON')
    .action((options: SignOptions) => sign(terminal, options))
}

async function sign(terminal: Terminal, options: SignOptions): Promise<void> {
  const days = Number(options.days)
  if (!Number.isInteger(days) || days < 1)
    throw new UsageError(`--days is '${options.days}'; give a whole number from 1 on.`)
  const metadata = readJson(options.metadata, '--metadata')
  if (typeof metadata.software_id !== 'string')
    throw new UsageError(`'${options.metadata}' has no software_id; it tells one application of yours from another.`)
  const { SignJWT } = await import('jose')
  const { key, kid } = await readKey(options)
  const now = clock()
  let signed: string
  try {
    signed = await new SignJWT(metadata)
      .setProtectedHeader({ alg: options.algorithm, ...(kid === undefined ? {} : { kid }) })
      .setIssuer(options.issuer)
      .setIssuedAt(now)
      .setExpirationTime(now + days * DAY)
      .setJti(crypto.randomUUID())
      .sign(key)
  } catch (error) {
    throw new FailedError(
      `The key does not sign with ${options.algorithm} (${(error as Error).message}); choose another --algorithm.`,
    )
  }
  terminal.print(options.json ? JSON.stringify({ software_statement: signed }) : signed)
}

async function readKey({ key: path, algorithm, keyId }: SignOptions) {
  const { calculateJwkThumbprint, importPKCS8 } = await import('jose')
  const text = readText(path, '--key')
  if (text.trimStart().startsWith('{')) {
    const jwk = readJson(path, '--key') as JWK
    if (jwk.d === undefined)
      throw new UsageError(`'${path}' is not a private key; give the one that holds the member d.`)
    return { key: jwk, kid: keyId ?? jwk.kid ?? (await calculateJwkThumbprint(jwk)) }
  }
  try {
    return { key: await importPKCS8(text, algorithm), kid: keyId }
  } catch (error) {
    throw new UsageError(
      `'${path}' is not a private key for ${algorithm} (${(error as Error).message}); give PKCS #8 in PEM or a JWK.`,
    )
  }
}

function readJson(path: string, option: string): Record<string, unknown> {
  try {
    return JSON.parse(readText(path, option)) as Record<string, unknown>
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`'${path}' is not valid JSON (${(error as Error).message}); mend it there.`)
  }
}

function readText(path: string, option: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new UsageError(`The file '${path}' of ${option} cannot be read.`)
  }
}
