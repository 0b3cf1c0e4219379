import { de } from './de/index.ts'
import { en } from './en/index.ts'
import { fr } from './fr/index.ts'

export type Words = typeof en

/** The first is what somebody gets who asks for none of them. */
export const LANGUAGES: readonly Words[] = [en, de, fr]

/** The most members of Accept-Language that are read. */
const MOST_WISHES = 20

/** The language that a browser likes best among ours (RFC 9110 §12.5.4, RFC 4647 §3.4). */
export function wordsFor(request: Pick<Request, 'headers'>): Words {
  const wishes = (request.headers.get('accept-language') ?? '').slice(0, 1000).split(',', MOST_WISHES).map(readWish)
  const liked = wishes
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .flatMap(({ range }) => LANGUAGES.filter(({ lang }) => range === lang || range.startsWith(`${lang}-`)))
  return liked[0] ?? (LANGUAGES[0] as Words)
}

function readWish(text: string): { readonly range: string; readonly weight: number } {
  const [range = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase())
  const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1'
  return { range, weight: /^[01](?:\.\d{0,3})?$/.test(weight) ? Number(weight) : 0 }
}
