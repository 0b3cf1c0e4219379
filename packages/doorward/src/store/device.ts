import type { Seconds } from '@doorward/core/kernel/seconds'
import type { Describe, NewGrant } from './store.ts'

/** A request that waits for somebody to type its code (RFC 8628). */
export interface StoredDevice {
  /** A digest of the user code that only the server can make. */
  readonly key: string
  /** What was asked. */
  readonly sealed: string
  readonly expiresAt: Seconds
  readonly answer?: 'approved' | 'denied'
}

export type DeviceAnswer = 'answered' | 'repeated' | 'taken' | 'expired'

/** Requests that come from a device and are answered in a browser elsewhere. */
export interface DeviceVerbs {
  /** `taken` where another request has the same code; nothing is written then. */
  add(device: Omit<StoredDevice, 'answer'>, describe?: Describe<'added' | 'taken'>): Promise<'added' | 'taken'>
  find(key: string, now: Seconds): Promise<StoredDevice | undefined>
  /**
   * A person's answer: yes opens the grant, without one it is no. The first one counts; the same again by the same person is
   * `repeated`, every other one is `taken`.
   */
  answer(
    key: string,
    at: { now: Seconds; by: string; grant: NewGrant | undefined },
    describe?: Describe<DeviceAnswer>,
  ): Promise<DeviceAnswer>
}
