import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

// OWASP's first choice for Argon2id (RFC 9106): 19 MiB, two passes, one lane.
const MEMORY_KIB = 19_456
const PASSES = 2
const LANES = 1
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
  return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$${phc(salt)}$${phc(tag)}`
}

/** Whether the password is the one. A malformed hash is compared all the same, so that it takes as long. */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const [, , , , salt = '', tag = ''] = hash.split('$')
  const expected = Buffer.alloc(TAG_BYTES)
  const right = Buffer.from(tag, 'base64').copy(expected) === TAG_BYTES
  const found = await run(password, right ? Buffer.from(salt, 'base64') : Buffer.alloc(16))
  return timingSafeEqual(found, expected) && right
}

async function run(password: string, salt: Uint8Array): Promise<Buffer> {
  if (running >= MOST_AT_ONCE) {
    if (waiting.length >= LONGEST_QUEUE) throw new TooBusy('Too many sign-ins at once')
    await new Promise<void>((resolve) => waiting.push(resolve))
  }
  running++
  try {
    return await derive('argon2id', {
      message: password.normalize('NFKC'),
      nonce: salt,
      parallelism: LANES,
      tagLength: TAG_BYTES,
      memory: MEMORY_KIB,
      passes: PASSES,
    })
  } finally {
    running--
    waiting.shift()?.()
  }
}

function phc(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '')
}
