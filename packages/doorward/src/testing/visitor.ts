import { randomBytes } from 'node:crypto'
import { sha256 } from '@doorward/core/kernel/digest'
import type { StoredUser, Visit } from '../authority/context.ts'
import { BROWSER, cookieName, SESSION } from '../authority/cookies.ts'
import { VISIT, type World } from './world.ts'

type Pages = (request: Request, path: string, visit: Visit) => Promise<Response>

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** Empty where there is none. */
  readonly location: string
  readonly html: string
}

/** A browser with a jar for its cookies. */
export interface Visitor {
  /** What the browser is called by us, as its cookie has it. */
  readonly name: string
  readonly jar: Map<string, string>
  /** As the browser sends them. */
  readonly cookie: () => string
  readonly get: (path: string) => Promise<Answer>
  readonly post: (path: string, form: Readonly<Record<string, string>>) => Promise<Answer>
}

/** A browser, and a session in it where somebody signed in, `ago` seconds ago. */
export async function visitor(
  { ctx }: World,
  pages: Pages,
  options: {
    readonly user?: StoredUser
    readonly ago?: number
    readonly name?: string
    readonly language?: string
  } = {},
): Promise<Visitor> {
  const { user, ago = 0, name = randomBytes(24).toString('base64url'), language = 'en' } = options
  const jar = new Map([[cookieName(ctx, BROWSER), name]])
  if (user !== undefined) {
    const session = randomBytes(32).toString('base64url')
    const now = ctx.now()
    const authentication = { at: now - ago, method: 'password', amr: ['pwd'] }
    const times = { createdAt: now, expiresAt: now + ctx.lifetimes.session, usedAt: now }
    const from = { network: VISIT.network, browser: 'Firefox' }
    await ctx.store.users.signedIn({ digest: sha256(session), userId: user.id, authentication, ...times, ...from }, {})
    jar.set(cookieName(ctx, SESSION), session)
  }
  const cookie = () => [...jar].map(([key, value]) => `${key}=${value}`).join('; ')
  const send = async (path: string, init: { method?: string; body?: URLSearchParams } = {}): Promise<Answer> => {
    const headers = {
      cookie: cookie(),
      accept: 'text/html',
      'accept-language': language,
      ...(init.body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
    }
    const request = new Request(new URL(path, ctx.issuer), { ...init, headers })
    const response = await pages(request, new URL(request.url).pathname, VISIT)
    for (const cookie of response.headers.getSetCookie()) keep(jar, cookie)
    const location = response.headers.get('location') ?? ''
    return { status: response.status, headers: response.headers, location, html: await response.text() }
  }
  return {
    name,
    jar,
    cookie,
    get: (path) => send(path),
    post: (path, form) => send(path, { method: 'POST', body: new URLSearchParams(form) }),
  }
}

function keep(jar: Map<string, string>, cookie: string): void {
  const [, key = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
  if (/Max-Age=0;/.test(cookie)) jar.delete(key)
  else jar.set(key, value)
}

/** What a page gave its forms to come back with. */
export function sealedIn({ html }: Pick<Answer, 'html'>): string {
  return /name="request" value="([^"]+)"/.exec(html)?.[1] ?? ''
}

/** A page as it is read: without markup. */
export function readable(html: string): string {
  return html
    .replace(/<(script|style|head)\b.*?<\/\1>/gs, ' ')
    .replace(/<wbr>|<\/?(bdi|code|strong|time)\b[^>]*>/g, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/[\u2066-\u2069]/g, '')
    .replace(/\s+/g, ' ')
}

/** The rows of the first table in a piece of a page: the text of each cell by the title of its column. */
export function rowsIn(html: string): readonly Readonly<Record<string, string>>[] {
  const [, inside = ''] = /<table>(.*?)<\/table>/s.exec(html) ?? []
  const cells = (row: string, name: string) =>
    [...row.matchAll(new RegExp(`<${name}\\b[^>]*>(.*?)</${name}>`, 'gs'))].map(([, cell = '']) =>
      readable(cell).trim(),
    )
  const [head = '', ...lines] = [...inside.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row = '']) => row)
  const titles = cells(head, 'th')
  return lines.map((line) => Object.fromEntries(cells(line, 'td').map((cell, i) => [titles[i], cell])))
}
