import type { Terminal } from './commands/command.ts'
import { compose, type House, type HouseSettings } from './compose.ts'
import { databaseProblem } from './database-problem.ts'
import { type Handler, type Listener, listen } from './listen.ts'
import { FailedError, UsageError } from './problem.ts'
import { readiness } from './readiness.ts'
import { pathOf } from './request-path.ts'
import type { Telemetry } from './telemetry.ts'
import { followTls, readTls, type TlsFiles } from './tls.ts'

/** A year. */
const STRICT_SECONDS = 31_536_000

export interface Running {
  readonly house: House
  readonly issuer: string
  /** Where callers are listened to, and whether by TLS: `http://127.0.0.1:8421`. */
  readonly listening: string
  /** Where client certificates are asked for besides, if anywhere. */
  readonly mtls: string | undefined
  /** Where the numbers are read, if anywhere. */
  readonly metrics: string | undefined
  /** Serves on, and sends callers elsewhere: `/readyz` says no, and answers end their connection. */
  readonly leave: () => void
  readonly close: () => Promise<void>
}

export interface Address {
  readonly host: string
  readonly port: number
  /** Other workers of this server listen there, too. */
  readonly isShared?: boolean
}

/** Where TLS ends here, and where client certificates are asked for, if anywhere. */
export interface TlsAddresses {
  readonly files: TlsFiles
  readonly mtls: Address | undefined
}

/**
 * Builds the house, then opens its ports: nobody reaches a process that cannot answer yet, and what was there before it serves
 * on. Where the system chooses the port, the house is built for the one that was taken, and callers are told to come again until
 * it stands.
 */
export async function run(
  address: Address,
  settingsFor: (port: number, mtlsPort: number | undefined) => Promise<HouseSettings>,
  secure?: TlsAddresses,
): Promise<Running> {
  let house: House | undefined
  const probes = readiness(() => performance.now())
  const handler: Handler = (request, info) =>
    (isProbe(request) ? probes.answer(pathOf(request.url)) : undefined) ??
    (house === undefined ? Promise.resolve(starting()) : house.fetch(request, info))
  const tls = secure === undefined ? undefined : readTls(secure.files)
  const listeners: Listener[] = []
  let strictTransport: string | undefined
  const open = async (at: Address, asksForCertificates: boolean): Promise<number> => {
    const listener = await listen(handler, {
      ...at,
      tls: tls && {
        ...tls,
        asksForCertificates,
        // Where certificates are asked for, no browser comes.
        strictTransport: () => (asksForCertificates ? undefined : strictTransport),
      },
      unread: (reason, remoteAddress) => house?.unread(reason, remoteAddress),
    }).catch((error: NodeJS.ErrnoException) => {
      throw listenProblem(error, at)
    })
    listeners.push(listener)
    return listener.port
  }
  let unfollow = () => {}
  let telemetry: Telemetry | undefined
  const leave = () => {
    probes.leave()
    for (const listener of listeners) listener.leave()
  }
  const close = async () => {
    leave()
    unfollow()
    await Promise.all(listeners.map((listener) => listener.close()))
    await house?.close()
    // Last: what the others do while they end is told too.
    await telemetry?.close()
  }
  try {
    const openAll = async () => {
      const port = await open(address, false)
      return [port, secure?.mtls === undefined ? undefined : await open(secure.mtls, true)] as const
    }
    const isChosen = address.port !== 0 && secure?.mtls?.port !== 0
    const [port, mtlsPort] = isChosen ? [address.port, secure?.mtls?.port] : await openAll()
    const settings = await settingsFor(port, mtlsPort)
    telemetry = settings.telemetry
    strictTransport = strictTransportOf(settings.issuer)
    house = await compose(settings).catch((error: unknown) => {
      throw databaseProblem(error, settings.database)
    })
    probes.opened(house.context)
    if (isChosen) await openAll()
    house.context.audit({
      type: 'server.started',
      outcome: 'allowed',
      reason: 'listening',
      detail: { issuer: settings.issuer, ...(settings.worker === undefined ? {} : { worker: settings.worker }) },
    })
    if (secure !== undefined) unfollow = followTls(secure.files, listeners, house.context.audit)
    const [own, byCertificate] = listeners.map(({ port }) => port)
    const listening = shown(secure === undefined ? 'http' : 'https', address, own)
    const mtls = secure?.mtls && shown('https', secure.mtls, byCertificate)
    return { house, issuer: settings.issuer, listening, mtls, metrics: telemetry?.metricsAt, leave, close }
  } catch (error) {
    await close()
    throw error
  }
}

/**
 * Waits until the process is asked to stop, then takes leave.
 * @param drainSeconds for so long it serves on, while those who send callers here come to know
 * @param isAlone where several processes are one server, another says so for all
 */
export async function serveUntilStopped(
  running: Running,
  terminal: Terminal,
  drainSeconds = 0,
  isAlone = true,
): Promise<void> {
  await running.house.warm()
  await terminal.untilStopped()
  if (isAlone) terminal.say(CLOSING)
  running.leave()
  if (drainSeconds > 0) await new Promise((resolve) => setTimeout(resolve, drainSeconds * 1000))
  await running.close()
}

export const CLOSING = 'Closing: answering what is under way, then stopping.'

function starting(): Response {
  const body = { error: 'temporarily_unavailable', error_description: 'The server is starting; try again' }
  const headers = { 'retry-after': '1', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }
  return Response.json(body, { status: 503, headers })
}

/** RFC 6797 §8.2: it counts for every port of a host, so it is said only where the issuer has the host to itself (decision 0039). */
function strictTransportOf(issuer: string): string | undefined {
  const { protocol, port } = new URL(issuer)
  return protocol === 'https:' && port === '' ? `max-age=${STRICT_SECONDS}` : undefined
}

function shown(scheme: string, { host, port }: Address, taken = port): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${taken}`
}

const isProbe = ({ method }: Request): boolean => method === 'GET' || method === 'HEAD'

/** What the system says of an address, in a sentence with its mend. */
export function listenProblem(error: NodeJS.ErrnoException, { host, port }: Address): Error {
  if (error.code === 'EADDRINUSE') {
    return new FailedError(
      `Port ${port} on ${host} is in use; stop what uses it, or choose another with DOORWARD_PORT=${port + 1} (or mtls.port for client certificates).`,
    )
  }
  if (error.code === 'EACCES')
    return new FailedError(`Port ${port} is not ours to open; choose one above 1023 with DOORWARD_PORT.`)
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') {
    return new UsageError(
      `The host '${host}' is not an address of this machine; set DOORWARD_HOST (or mtls.host for client certificates) to one that is, or to 0.0.0.0.`,
    )
  }
  return error
}
