import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import type { AuditEvent } from '@doorward/core/kernel/audit'
import { unseal } from '@doorward/core/kernel/seal'
import type { SigningAlgorithm, SigningKey } from '@doorward/core/token/access-token'
import type { JWK } from 'jose'
import type { Store, StoredKey } from '../../store/store.ts'
import { makeKey } from './make-key.ts'
import { judgeKeys, type KeySettings } from './schedule.ts'

/** The keys that tokens are signed and verified with, imported once. What it shows changes when it is tended. */
export interface Keyring {
  readonly signing: SigningKey
  /** RFC 7517 §5, ready to send. */
  readonly jwks: { readonly keys: readonly JWK[] }
  /** What the published keys sign with. */
  readonly algorithms: readonly SigningAlgorithm[]
  readonly publicKey: (kid: string) => KeyObject | undefined
  /** The same, and where it is not known, one that another process may have made a moment ago; looked for once a second at most. */
  readonly findPublicKey: (kid: string) => Promise<KeyObject | undefined>
  /** Makes the key that is due, lets go of those that nothing needs, and takes up what other processes did. */
  readonly tend: () => Promise<void>
  /**
   * Takes up what other processes did, and changes nothing.
   * @throws Error where there is no key, or one that does not open
   */
  readonly look: () => Promise<void>
  /** What is being taken up at this moment, until it is; undefined where nothing is. */
  readonly settling: () => Promise<void> | undefined
  /** What an operator asks for. */
  readonly rotate: (how: Rotating) => Promise<Rotated>
}

export interface Rotating {
  /** The others have leaked: they are removed, and the new key signs at once. */
  readonly now: boolean
  readonly by: Pick<AuditEvent, 'actor' | 'correlation' | 'network'>
}

/** `late` where another process made a key just now. */
export type Rotated =
  | { readonly verdict: 'rotated'; readonly kid: string; readonly alg: string; readonly removed: readonly string[] }
  | { readonly verdict: 'late' }

export interface KeyringWorld {
  readonly now: () => number
  readonly random: (bytes: number) => Uint8Array
}

/**
 * Opens the keyring, making the first key where there is none. Private keys lie in the store sealed under `sealingKey`,
 * which does not.
 * @throws Error where a stored key does not open: the server secret is not the one that it was sealed with.
 */
export async function openKeyring(
  store: Pick<Store, 'keys'>,
  sealingKey: KeyObject,
  world: KeyringWorld,
  settings: KeySettings,
): Promise<Keyring> {
  let shown = await tended(store, sealingKey, world, settings)
  let turn: Promise<void> = Promise.resolve()
  let underWay: Promise<void> | undefined
  let lookedAt = world.now()
  let waiting: Promise<void> | undefined
  /** One after the other, so that nothing that was read earlier is shown later. */
  function inTurn(read: () => Promise<Shown>): Promise<void> {
    const next = turn.then(async () => {
      shown = await read()
    })
    const settled = next.catch(() => undefined)
    turn = settled
    underWay = settled
    void settled.then(() => {
      if (underWay === settled) underWay = undefined
    })
    return next
  }
  /** One that has not begun yet is as good as another: where the store is slow, no row of them grows. */
  function tend(): Promise<void> {
    waiting ??= inTurn(() => {
      waiting = undefined
      return tended(store, sealingKey, world, settings, shown)
    })
    return waiting
  }
  return {
    get signing() {
      return shown.signing
    },
    get jwks() {
      return shown.jwks
    },
    get algorithms() {
      return shown.algorithms
    },
    publicKey: (kid) => shown.publicKeys.get(kid),
    findPublicKey: async (kid) => {
      // What is under way may be what brings it.
      await (shown.publicKeys.has(kid) ? undefined : turn)
      if (!shown.publicKeys.has(kid) && lookedAt !== world.now()) {
        lookedAt = world.now()
        await tend().catch(() => undefined)
      }
      return shown.publicKeys.get(kid)
    },
    tend,
    settling: () => underWay,
    look: () => inTurn(async () => showing(await store.keys.list(), sealingKey, world.now(), settings, shown)),
    rotate: async (how) => {
      const rotated = await rotateKeys(store, sealingKey, world, settings.algorithm, how)
      await tend()
      return rotated
    },
  }
}

/** Makes a new key, which is published now and signs in an hour; or at once, in the place of all others. */
export async function rotateKeys(
  store: Pick<Store, 'keys'>,
  sealingKey: KeyObject,
  world: KeyringWorld,
  algorithm: SigningAlgorithm,
  { now, by }: Rotating,
): Promise<Rotated> {
  const keys = await store.keys.list()
  const made = await addKey(store, sealingKey, world, algorithm, keys.at(-1), 'operator_rotated', by)
  if (made === undefined) return { verdict: 'late' }
  const removed = now ? keys.map(({ kid }) => kid) : []
  if (removed.length > 0)
    await store.keys.remove(removed, { ...eventOf('key.removed', 'operator_removed', removed), ...by })
  return { verdict: 'rotated', kid: made.kid, alg: made.alg, removed }
}

interface Shown extends Pick<Keyring, 'signing' | 'jwks' | 'algorithms'> {
  readonly publicKeys: ReadonlyMap<string, KeyObject>
}

async function tended(
  store: Pick<Store, 'keys'>,
  sealingKey: KeyObject,
  world: KeyringWorld,
  settings: KeySettings,
  before?: Shown,
): Promise<Shown> {
  let stored = await store.keys.list()
  const { isDue, retired } = judgeKeys(stored, world.now(), settings)
  if (isDue) await addKey(store, sealingKey, world, settings.algorithm, stored.at(-1), 'due')
  if (retired.length > 0) await store.keys.remove(retired, eventOf('key.removed', 'retired', retired))
  if (isDue || retired.length > 0) stored = await store.keys.list()
  return showing(stored, sealingKey, world.now(), settings, before)
}

function showing(
  stored: readonly StoredKey[],
  sealingKey: KeyObject,
  now: number,
  settings: KeySettings,
  before?: Shown,
): Shown {
  const signing = judgeKeys(stored, now, settings).signing
  if (signing === undefined)
    throw new Error('There is no signing key in the database; start a process anew to make one.')
  const isSame = before?.signing.kid === signing && before?.publicKeys.size === stored.length
  if (before !== undefined && isSame && stored.every(({ kid }) => before.publicKeys.has(kid))) return before
  return {
    signing: openKey(stored.find(({ kid }) => kid === signing) as StoredKey, sealingKey),
    jwks: { keys: stored.map((key) => key.publicJwk as JWK) },
    algorithms: [...new Set(stored.map(({ alg }) => alg as SigningAlgorithm))],
    publicKeys: new Map(
      stored.map((key) => [key.kid, createPublicKey({ key: key.publicJwk as JsonWebKey, format: 'jwk' })]),
    ),
  }
}

/** Adds a key, unless another process was faster. */
export async function addKey(
  store: Pick<Store, 'keys'>,
  sealingKey: KeyObject,
  world: KeyringWorld,
  algorithm: SigningAlgorithm,
  newest: StoredKey | undefined,
  reason: string,
  by: Rotating['by'] = {},
): Promise<StoredKey | undefined> {
  // No key is as old as another, so that all processes agree on their order.
  const createdAt = Math.max(world.now(), (newest?.createdAt ?? 0) + 1)
  const key = await makeKey(algorithm, sealingKey, { createdAt, nonce: world.random(12) })
  const verdict = await store.keys.add(key, newest?.kid, { ...eventOf('key.added', reason, [key.kid]), ...by })
  return verdict === 'added' ? key : undefined
}

export function eventOf(type: 'key.added' | 'key.removed', reason: string, kids: readonly string[]): AuditEvent {
  return { type, outcome: 'allowed', reason, detail: { kids: kids.join(' ') } }
}

function openKey(key: StoredKey, sealingKey: KeyObject): SigningKey {
  const pem = unseal(sealingKey, key.sealedPrivateKey)
  if (pem === undefined) {
    throw new Error(
      'The signing key in the database was sealed with another server secret; give this server the one it was made with (DOORWARD_SECRET, _FILE or _COMMAND, or the .key file beside the database).',
    )
  }
  return { kid: key.kid, alg: key.alg as SigningAlgorithm, privateKey: createPrivateKey(pem) }
}
