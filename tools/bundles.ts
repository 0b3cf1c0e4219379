// Proves that the toolkit which goes into other people's servers carries nothing of the authorization server.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = new URL('..', import.meta.url).pathname
const FORBIDDEN = [
  'node:sqlite',
  'doorward/src',
  "from 'undici'",
  "from 'hono'",
  "from 'commander'",
  'argon2',
  'PRAGMA',
  'refresh_token',
]
const PACKAGES = ['core', 'resource', 'client']

const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  // The metadata of a client names its grant types.
  'packages/core/dist/oauth/client-metadata.js': ['refresh_token'],
  // Names in words, of which the toolkit takes the type alone.
  'packages/core/dist/oauth/reasons/token.js': ['refresh_token'],
}

const bleeding = PACKAGES.flatMap((name) => globSync(`packages/${name}/dist/**/*.js`, { cwd: ROOT })).flatMap(
  (file) => {
    const text = readFileSync(join(ROOT, file), 'utf8')
    return FORBIDDEN.filter((word) => text.includes(word) && !ALLOWED[file]?.includes(word)).map(
      (word) => `${file} contains ${word}`,
    )
  },
)
for (const line of bleeding) process.stdout.write(`${line}\n`)
process.stdout.write(`bundles: ${PACKAGES.length} packages, ${bleeding.length} places bleed\n`)
process.exit(bleeding.length === 0 ? 0 : 1)
