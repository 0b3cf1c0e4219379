/** What is asked of a stranger's server. */
export interface Wanted {
  readonly url: string
  readonly accept: string
  /** The answer is cut off, as a failure, after so many bytes. */
  readonly mostBytes: number
  /** Left out: `GET`. Only to where an operator says, never to a stranger's address. */
  readonly post?: { readonly type: string; readonly body: string }
  /** Besides those that say who asks for what. */
  readonly headers?: Readonly<Record<string, string>>
  /** Whose wish it is, so that nobody's wishes take the place of all others'. */
  readonly onBehalfOf?: string
}

export interface Fetched {
  readonly status: number
  /** Lower case, without parameters; empty where there is none. */
  readonly type: string
  readonly header: (name: string) => string | undefined
  readonly body: Uint8Array
}

/**
 * Fetches what a stranger points at, through the guarded door.
 * @throws OutboundError for everything that is not an HTTP answer.
 */
export type FetchStranger = (wanted: Wanted) => Promise<Fetched>

export type OutboundReason =
  | 'address_not_https'
  | 'address_special_use'
  | 'address_port'
  | 'address_malformed'
  | 'name_unresolved'
  | 'connection_failed'
  | 'tls_failed'
  | 'too_slow'
  | 'too_large'
  | 'encoded'
  | 'too_many_at_once'

/** Why nothing came back. `isOutage` where trying again later may help; otherwise the address itself is the reason. */
export class OutboundError extends Error {
  readonly reason: OutboundReason
  readonly isOutage: boolean

  constructor(reason: OutboundReason, description: string, isOutage: boolean) {
    super(description)
    this.reason = reason
    this.isOutage = isOutage
  }
}
