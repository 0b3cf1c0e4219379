import type { StoredClient } from '../../store/store.ts'
import { takesAnswersAt, WELL_KNOWN_CLIENTS, type WellKnownClient } from './well-known-clients.ts'

// Letters that look like Latin ones (Unicode TR39, those that a name of a client could be written with).
const LOOK_ALIKES: ReadonlyMap<string, string> = new Map(
  [
    'aаαɑаꭺꓮꮺᎪ',
    'bЬвƅ',
    'cсϲᴄꮯꓚᏟ',
    'dԁɗꓓꭰᎠ',
    'eеєёε℮ꓰꭼᎬ',
    'gɡԍꓖᏀ',
    'hһհ',
    'iіıɩ1|!¡íꓲꓡᏞꮮӏl',
    'jјϳ',
    'kкκꓗᏦ',
    'mмrn',
    'nпη',
    'oоο0օꓳ',
    'pрρꓑᏢ',
    'qԛ',
    'rгᴦꓣᎡ',
    'sѕꜱ5$ꓢᏚ',
    'tтτꓔᎢ',
    'uυцսꓴႮ',
    'vνѵ',
    'wԝωᴡ',
    'xхχ',
    'yуүγ',
    'zᴢꓜᏃ',
  ].flatMap((row) => [...row.slice(1)].map((letter): [string, string] => [letter, row[0] as string])),
)

/** A name as the eye takes it: no accents, nothing invisible, one letter for all that look like it. */
export function skeleton(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/[\p{M}\p{Cf}\p{Cc}\p{Co}\u115f\u1160\u3164\uffa0\u2800]/gu, '')
    .toLowerCase()
  return [...plain.replaceAll('rn', 'm').replaceAll('vv', 'w')].map((letter) => eyed(letter)).join('')
}

/** `l`, `i`, `1` and `|` are one stroke; so are `m` and `rn`. */
function eyed(letter: string): string {
  const latin = LOOK_ALIKES.get(letter) ?? letter
  return latin === 'l' ? 'i' : latin
}

export interface Resemblance {
  /** The well-known client. */
  readonly name: string
  readonly by: 'name' | 'logo'
}

/**
 * The well-known client that a name or a logo resembles, unless what is known of this client shows that it may well be the one:
 * its document lies at the maker's domain, or every answer goes where that client takes its answers.
 */
export function resembled(client: Pick<StoredClient, 'id' | 'assurance' | 'metadata'>): Resemblance | undefined {
  if (client.assurance === 'operator') return undefined
  const redirects = (client.metadata.redirect_uris as readonly string[] | undefined) ?? []
  const isAnother = (known: WellKnownClient) =>
    !isAtItsDomain(known, client) && !redirects.every((uri) => takesAnswersAt(known, uri))
  const byName = namedLike(client.metadata.client_name).find(isAnother)
  if (byName !== undefined) return { name: byName.name, by: 'name' }
  const byLogo = WELL_KNOWN_CLIENTS.filter(hasLogo(client.metadata.logo_uri)).find(isAnother)
  return byLogo && { name: byLogo.name, by: 'logo' }
}

const SKELETONS = WELL_KNOWN_CLIENTS.map((known) => ({ known, words: known.words.map(skeleton) }))

function namedLike(name: unknown): readonly WellKnownClient[] {
  if (typeof name !== 'string') return []
  const parts = skeleton(name).split(/[^\p{L}\p{N}]+/u)
  const joined = parts.join('')
  return SKELETONS.filter(({ words }) => words.some((word) => isLike(word, parts, joined))).map(({ known }) => known)
}

/** At these domains of theirs lie other people's pictures too. */
const ANYBODYS = new Set(['github.com', 'google.com'])

/** Whoever shows the picture that lies at a maker's own domain says that it is that maker. */
function hasLogo(uri: unknown): (known: WellKnownClient) => boolean {
  const host = typeof uri === 'string' ? (URL.parse(uri)?.hostname ?? '') : ''
  return ({ domains }) => domains.some((domain) => !ANYBODYS.has(domain) && isWithin(domain, host))
}

function isWithin(domain: string, host: string): boolean {
  return host === domain || host.endsWith(`.${domain}`)
}

function isLike(word: string, parts: readonly string[], joined: string): boolean {
  if (parts.includes(word)) return true
  // A short word stands in too many others; a long one is a claim wherever it stands, and with one letter changed too.
  return word.length >= 6 && (joined.includes(word) || parts.some((part) => differsByOne(part, word)))
}

function differsByOne(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false
  let start = 0
  while (start < a.length && a[start] === b[start]) start++
  let end = 0
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++
  return Math.max(a.length, b.length) - start - end <= 1
}

function isAtItsDomain(known: WellKnownClient, { id, assurance }: Pick<StoredClient, 'id' | 'assurance'>): boolean {
  if (assurance !== 'domain') return false
  const host = URL.parse(id)?.hostname ?? ''
  return known.domains.some((domain) => isWithin(domain, host))
}
