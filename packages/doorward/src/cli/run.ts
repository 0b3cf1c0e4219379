import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { normalEmail } from '../authority/identity/users.ts'
import type { Terminal } from './commands/command.ts'
import { compose, type House, type HouseSettings } from './compose.ts'
import { isPostgres } from './database-address.ts'
import { type Handler, type Listener, listen } from './listen.ts'
import { FailedError, UsageError } from './problem.ts'
import type { Telemetry } from './telemetry.ts'
import { followTls, readTls, type TlsFiles } from './tls.ts'

export interface Running {
  readonly house: House
  readonly issuer: string
  /** Where the numbers are read, if anywhere. */
  readonly metrics: string | undefined
  readonly close: () => Promise<void>
}

export interface Address {
  readonly host: string
  readonly port: number
}

/** Where TLS ends here, and where client certificates are asked for, if anywhere. */
export interface TlsAddresses {
  readonly files: TlsFiles
  readonly mtls: Address | undefined
}

/**
 * Takes the port first, then builds the house for it, so that port 0 works too. Until the house stands, callers are told
 * to come again.
 */
export async function run(
  address: Address,
  settingsFor: (port: number, mtlsPort: number | undefined) => Promise<HouseSettings>,
  secure?: TlsAddresses,
): Promise<Running> {
  let house: House | undefined
  const handler: Handler = (request, info) =>
    house === undefined
      ? Promise.resolve(new Response('Starting\n', { status: 503, headers: { 'retry-after': '1' } }))
      : house.fetch(request, info)
  const tls = secure === undefined ? undefined : readTls(secure.files)
  const listeners: Listener[] = []
  const open = async (at: Address, asksForCertificates: boolean): Promise<number> => {
    const listener = await listen(handler, { ...at, tls: tls && { ...tls, asksForCertificates } }).catch(
      (error: NodeJS.ErrnoException) => {
        throw listenProblem(error, at)
      },
    )
    listeners.push(listener)
    return listener.port
  }
  let unfollow = () => {}
  let telemetry: Telemetry | undefined
  const close = async () => {
    unfollow()
    await Promise.all(listeners.map((listener) => listener.close()))
    await house?.close()
    // Last: what the others do while they end is told too.
    await telemetry?.close()
  }
  try {
    const port = await open(address, false)
    const mtlsPort = secure?.mtls === undefined ? undefined : await open(secure.mtls, true)
    const settings = await settingsFor(port, mtlsPort)
    telemetry = settings.telemetry
    house = await compose(settings)
    house.context.audit({
      type: 'server.started',
      outcome: 'allowed',
      reason: 'listening',
      detail: { issuer: settings.issuer },
    })
    if (secure !== undefined) unfollow = followTls(secure.files, listeners, house.context.audit)
    return { house, issuer: settings.issuer, metrics: telemetry?.metricsAt, close }
  } catch (error) {
    await close()
    throw error
  }
}

export function makeFolderFor(database: string): void {
  if (database !== ':memory:' && !isPostgres(database)) mkdirSync(dirname(database), { recursive: true, mode: 0o700 })
}

/** Writes the ready line or the welcome, then waits until the process is asked to stop. */
export async function serveUntilStopped(running: Running, terminal: Terminal): Promise<void> {
  await running.house.warm()
  await terminal.untilStopped()
  terminal.say('Closing: answering what is under way, then stopping.')
  await running.close()
}

export function operatorEmail(email: string): string {
  return normalEmail(email)
}

function listenProblem(error: NodeJS.ErrnoException, { host, port }: Address): Error {
  if (error.code === 'EADDRINUSE') {
    return new FailedError(
      `Port ${port} on ${host} is in use; stop what uses it, or choose another with DOORWARD_PORT=${port + 1} (or mtls.port for client certificates).`,
    )
  }
  if (error.code === 'EACCES')
    return new FailedError(`Port ${port} is not ours to open; choose one above 1023 with DOORWARD_PORT.`)
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') {
    return new UsageError(
      `The host '${host}' is not an address of this machine; set DOORWARD_HOST to one that is, or to 0.0.0.0.`,
    )
  }
  return error
}
