import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

/** OWASP's first choice for Argon2id (RFC 9106): 19 MiB (in KiB), two passes, one lane. */
const COSTS = { memory: 19_456, passes: 2, parallelism: 1 }
const TAG_BYTES = 32
const MOST_AT_ONCE = 2
const LONGEST_QUEUE = 64

const derive = promisify(argon2)

/** Thrown where more sign-ins wait than this machine can hash in a tolerable time. */
export class TooBusy extends Error {}

let running = 0
const waiting: (() => void)[] = []

/** A PHC string (argon2id) of the password, normalised to NFKC. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const tag = await run(password, salt)
  return phcString(salt, tag)
}

const phcString = (salt: Uint8Array, tag: Uint8Array): string =>
  `$argon2id$v=19$m=${COSTS.memory},t=${COSTS.passes},p=${COSTS.parallelism}$${phc(salt)}$${phc(tag)}`

/** Of nobody: compared where there is no such person, so that a wrong address takes as long as a wrong password. */
export const NOBODY = phcString(Buffer.alloc(16), Buffer.alloc(TAG_BYTES))

const HASH = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/

/**
 * Whether the password is the one, at the costs that its hash names: those of today are for the next that is set. A malformed hash is
 * compared all the same, so that it takes as long.
 */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const [, memory, passes, parallelism, salt = '', tag = ''] = HASH.exec(hash) ?? []
  const expected = Buffer.alloc(TAG_BYTES)
  const right = Buffer.from(tag, 'base64').copy(expected) === TAG_BYTES
  const found = right
    ? await run(password, Buffer.from(salt, 'base64'), {
        memory: Number(memory),
        passes: Number(passes),
        parallelism: Number(parallelism),
      })
    : await run(password, Buffer.alloc(16))
  return timingSafeEqual(found, expected) && right
}

async function run(password: string, salt: Uint8Array, costs = COSTS): Promise<Buffer> {
  if (running >= MOST_AT_ONCE) {
    if (waiting.length >= LONGEST_QUEUE) throw new TooBusy('Too many sign-ins at once')
    await new Promise<void>((resolve) => waiting.push(resolve))
  } else running++
  try {
    return await derive('argon2id', {
      message: password.normalize('NFKC'),
      nonce: salt,
      tagLength: TAG_BYTES,
      ...costs,
    })
  } finally {
    // Whoever waits takes this place, which is never free in between for somebody who comes just then.
    const next = waiting.shift()
    if (next === undefined) running--
    else next()
  }
}

function phc(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '')
}
