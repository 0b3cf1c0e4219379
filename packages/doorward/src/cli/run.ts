import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { normalEmail } from '../authority/identity/users.ts'
import type { Terminal } from './commands/command.ts'
import { compose, type House, type HouseSettings } from './compose.ts'
import { listen } from './listen.ts'
import { FailedError, UsageError } from './problem.ts'

export interface Running {
  readonly house: House
  readonly issuer: string
  readonly close: () => Promise<void>
}

export interface Address {
  readonly host: string
  readonly port: number
}

/**
 * Takes the port first, then builds the house for it, so that port 0 works too. Until the house stands, callers are told
 * to come again.
 */
export async function run(address: Address, settingsFor: (port: number) => Promise<HouseSettings>): Promise<Running> {
  let house: House | undefined
  const server = await listen(
    async (request, info) =>
      house === undefined
        ? new Response('Starting\n', { status: 503, headers: { 'retry-after': '1' } })
        : house.fetch(request, info),
    address,
  ).catch((error: NodeJS.ErrnoException) => {
    throw listenProblem(error, address)
  })
  try {
    const settings = await settingsFor(server.port)
    house = await compose(settings)
    house.context.audit({
      type: 'server.started',
      outcome: 'allowed',
      reason: 'listening',
      detail: { issuer: settings.issuer },
    })
    return {
      house,
      issuer: settings.issuer,
      close: async () => {
        await server.close()
        await house?.close()
      },
    }
  } catch (error) {
    await server.close()
    throw error
  }
}

export function makeFolderFor(database: string): void {
  if (database !== ':memory:') mkdirSync(dirname(database), { recursive: true, mode: 0o700 })
}

/** Writes the ready line or the welcome, then waits until the process is asked to stop. */
export async function serveUntilStopped(running: Running, terminal: Terminal): Promise<void> {
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
      `Port ${port} on ${host} is in use; stop what uses it, or choose another with DOORWARD_PORT=${port + 1}.`,
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
