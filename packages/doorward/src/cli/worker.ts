import { once } from 'node:events'
import type { Plan } from './plan.ts'

/** What a server says once it serves. */
export interface Ready {
  readonly issuer: string
  /** Where callers are listened to, and whether by TLS. */
  readonly listening: string
  /** Where client certificates are asked for besides, if anywhere. */
  readonly mtls: string | undefined
  readonly resources: readonly string[]
  /** Where its numbers are read, if anywhere; of several workers, those of the first. */
  readonly metrics: string | undefined
  /** What nobody can do yet, where nobody was added. */
  readonly empty: string | undefined
}

/** What a worker needs to know of itself. */
export interface Post {
  readonly plan: Plan
  /** From 1 on; a worker that replaces another has its number. */
  readonly number: number
  /** How the one before ended. */
  readonly replaces?: string
}

export type FromWorker = { readonly asks: 'post' } | { readonly ready: Ready }

/** Asks the process that started this one what to serve. */
export async function postOfWorker(): Promise<Post> {
  tell({ asks: 'post' })
  for (;;) {
    const [message] = (await once(process, 'message')) as [unknown]
    if (typeof message === 'object' && message !== null && 'plan' in message) return message as Post
  }
}

export function tellReady(ready: Ready): void {
  tell({ ready })
}

/** Where nobody is there any more to be told, this process is about to end. */
function tell(message: FromWorker): void {
  process.send?.(message, undefined, undefined, () => undefined)
}
