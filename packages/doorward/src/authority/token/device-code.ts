import type { KeyObject } from 'node:crypto'
import { hmacSha256 } from '@doorward/core/kernel/digest'
import { seal, unseal } from '@doorward/core/kernel/seal'
import type { AuthorizationDetail } from '@doorward/core/oauth/authorization-details'
import { DEVICE_GRANT } from '@doorward/core/oauth/client-metadata'
import { OAuthError } from '@doorward/core/oauth/error'
import type { StoredClient } from '../../store/store.ts'

/** What a device code carries, sealed: nothing of it is stored (RFC 8628 §5.2 asks for one that cannot be guessed). */
export interface DeviceCode {
  /** Chosen at the start, so that one device code opens one grant. */
  readonly grantId: string
  readonly clientId: string
  /** Where its request is stored. */
  readonly key: string
  readonly senderKey: string | undefined
  /** The flow that it belongs to. */
  readonly correlation: string
  readonly expiresAt: number
}

/** What a person will be asked; it waits in the store under a digest of the user code. */
export interface DeviceRequest {
  readonly grantId: string
  readonly clientId: string
  readonly senderKey: string | undefined
  readonly resource: string
  readonly scope: string
  readonly authorizationDetails: readonly AuthorizationDetail[] | undefined
  readonly correlation: string
  readonly startedAt: number
  readonly expiresAt: number
  /** Network prefix of the device. */
  readonly network: string
}

/** @throws OAuthError where nobody registered this client for devices. */
export function requireDeviceGrant({ metadata }: StoredClient): void {
  if ((metadata.grant_types as readonly string[] | undefined)?.includes(DEVICE_GRANT) === true) return
  throw new OAuthError('unauthorized_client', 'This client is not registered for devices', 'device_grant_unregistered')
}

/** RFC 8628 §6.1: twenty letters, none of them a vowel, so that no code is a word; 34.5 bits with eight of them. */
const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ'
const LENGTH = 8
const EVEN = 256 - (256 % LETTERS.length)

/** Eight letters, as a person types them: `WDJB-MJHT`. */
export function drawUserCode(random: (bytes: number) => Uint8Array): string {
  let code = ''
  while (code.length < LENGTH) {
    // A byte past the last full round would make some letters likelier.
    for (const byte of random(LENGTH)) if (byte < EVEN && code.length < LENGTH) code += LETTERS[byte % LETTERS.length]
  }
  return `${code.slice(0, LENGTH / 2)}-${code.slice(LENGTH / 2)}`
}

/** What somebody typed, as it is shown on the device; undefined where it is no code. Case, spaces and dashes count for nothing (§6.1). */
export function readUserCode(typed: string): string | undefined {
  const code = typed
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s\p{Pd}_.]/gu, '')
  return /^[BCDFGHJKLMNPQRSTVWXZ]{8}$/.test(code) ? `${code.slice(0, 4)}-${code.slice(4)}` : undefined
}

/** Where the request behind a user code is stored. Whoever reads the database cannot try codes against it. */
export function userCodeKey(key: KeyObject, userCode: string): string {
  return hmacSha256(key, userCode).toString('base64url')
}

// One key for both, so each says what it is: a row that leaked must not pass for a device code.
const PREFIX = 'dwd_'

export function sealDeviceCode(key: KeyObject, code: DeviceCode, nonce: Uint8Array): string {
  return `${PREFIX}${seal(key, Buffer.from(JSON.stringify(['code', code])), nonce)}`
}

export function openDeviceCode(key: KeyObject, text: string): DeviceCode | undefined {
  return text.startsWith(PREFIX) ? opened<DeviceCode>(key, 'code', text.slice(PREFIX.length)) : undefined
}

export function sealDeviceRequest(key: KeyObject, request: DeviceRequest, nonce: Uint8Array): string {
  return seal(key, Buffer.from(JSON.stringify(['request', request])), nonce)
}

export function openDeviceRequest(key: KeyObject, sealed: string): DeviceRequest | undefined {
  return opened<DeviceRequest>(key, 'request', sealed)
}

function opened<T>(key: KeyObject, kind: string, sealed: string): T | undefined {
  const plain = unseal(key, sealed)
  if (plain === undefined) return undefined
  const [is, value] = JSON.parse(plain.toString('utf8')) as [string, T]
  return is === kind ? value : undefined
}
