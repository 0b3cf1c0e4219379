import type { PortionView } from './portion.ts'
import type { ClientView, ResourceView, ScopeView } from './views.ts'

/** What a person can do on the page, and is told that it was done. */
export const CONNECTION_CHANGES = ['narrow', 'end', 'disconnect', 'disconnect-all'] as const
export type ConnectionChange = (typeof CONNECTION_CHANGES)[number]

/** Roughly: a network prefix, and whether this browser is in it. */
export interface PlaceView {
  readonly network: string
  readonly isHere: boolean
}

export interface ConnectionView {
  readonly id: string
  readonly client: ClientView
  readonly resource: ResourceView
  /** Each with the name of its field. */
  readonly scopes: readonly (ScopeView & { readonly field: string })[]
  /** Seconds since 1970, as are the others. */
  readonly openedAt: number
  readonly from: PlaceView | undefined
  readonly usedAt: number
  readonly usedFrom: PlaceView | undefined
  readonly boundTo: 'key' | 'certificate' | undefined
  readonly endsAt?: number
  /** The last day, as a field has it. */
  readonly endsOn?: string
}

/** Every application that may act for a person. */
export interface ConnectionsView {
  readonly issuer: string
  readonly action: string
  readonly request: string
  readonly email: string
  /** As a field has it. */
  readonly today: string
  readonly idleDays: number
  /** What was done a moment ago. */
  readonly done: ConnectionChange | undefined
  readonly portion: PortionView
  readonly connections: readonly ConnectionView[]
}
