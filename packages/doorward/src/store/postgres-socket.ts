import type { Client, Connection } from 'pg'

/** A goodbye to which nobody answers is not waited for longer. */
const GOODBYE_MILLISECONDS = 1000

function socketOf(client: Client) {
  return (client as unknown as { readonly connection: Connection }).connection.stream as Connection['stream'] & {
    readonly bytesRead?: number
  }
}

/** How much came over it so far. */
export function bytesFrom(client: Client): number {
  return socketOf(client).bytesRead ?? 0
}

/** Breaks a connection off; whatever waits on it fails. */
export function breakOff(client: Client): void {
  socketOf(client).destroy()
}

/** Says goodbye where somebody listens, and goes in any case: over a network that swallows packets nobody would ever answer. */
export async function leave(client: Client): Promise<void> {
  const late = setTimeout(() => breakOff(client), GOODBYE_MILLISECONDS)
  await client.end().catch(() => undefined)
  clearTimeout(late)
}
