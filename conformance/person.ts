import { type Browser, type BrowserContext, chromium } from 'playwright-core'

export interface Credentials {
  readonly email: string
  readonly password: string
}

export interface Callback {
  readonly url: URL
  readonly code: string | null
  readonly state: string | null
  readonly iss: string | null
  readonly error: string | null
}

function callbackOf(location: string): Callback {
  const url = new URL(location)
  const { searchParams } = url
  return {
    url,
    code: searchParams.get('code'),
    state: searchParams.get('state'),
    iss: searchParams.get('iss'),
    error: searchParams.get('error'),
  }
}

/** A browser without a screen or script: follows redirects, keeps cookies, fills in forms. */
export class PlainBrowser {
  readonly cookies = new Map<string, string>()

  async visit(url: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers)
    headers.set('accept', 'text/html')
    if (this.cookies.size > 0)
      headers.set('cookie', [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = ''] = cookie.split(';')
      const [name = '', value = ''] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]
      if (/max-age=0/i.test(cookie)) this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    return response
  }

  /** Goes on through redirects of our own until a page or a redirect elsewhere comes. */
  async follow(url: string, init?: RequestInit): Promise<{ response: Response; url: string }> {
    const { origin } = new URL(url)
    let response = await this.visit(url, init)
    let at = url
    for (let hops = 0; hops < 10; hops++) {
      const location = response.headers.get('location')
      if (location === null || !new URL(location, at).href.startsWith(`${origin}/`)) break
      at = new URL(location, at).href
      response = await this.visit(at)
    }
    return { response, url: at }
  }

  submit(page: string, at: string, fields: Record<string, string>): Promise<{ response: Response; url: string }> {
    const { action, hidden } = formOf(page, Object.keys(fields))
    return this.follow(new URL(action, at).href, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ ...hidden, ...fields }),
    })
  }
}

/** The form of a page that asks for one of these fields, or the first: where it goes and what is hidden in it. */
export function formOf(
  html: string,
  fields: readonly string[] = [],
): { action: string; hidden: Record<string, string> } {
  const forms = html.match(/<form[\s\S]*?<\/form>/g) ?? [html]
  const asked = forms.find((one) => fields.some((field) => new RegExp(`\\sname="?${field}["\\s>]`).test(one)))
  const form = asked ?? forms[0] ?? ''
  const action = /<form[^>]*\saction="([^"]+)"/.exec(form)?.[1] ?? ''
  const hidden: Record<string, string> = {}
  for (const [input] of form.matchAll(/<input[^>]*>/g)) {
    const name = /\sname="?([\w-]+)/.exec(input)?.[1]
    const value = /\svalue="([^"]*)"/.exec(input)?.[1]
    if (/type="?hidden/.test(input) && name !== undefined) hidden[name] = unescaped(value ?? '')
  }
  return { action: unescaped(action), hidden }
}

/** Every box of a page, ticked: who agrees, agrees to all that is asked. */
function boxesOf(html: string): Record<string, string> {
  const names = [...html.matchAll(/<input class="checkbox"[^>]*\sname="(scope\.[^"]+)"/g)]
  return Object.fromEntries(names.map(([, name = '']) => [unescaped(name), 'yes']))
}

export function unescaped(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replaceAll('&amp;', '&')
}

/** Signs in (where asked) and decides, where it is yes on everything that is asked, by plain HTTP without any script. Ends at the client's callback. */
export async function decide(
  authorizeUrl: string,
  person: Credentials,
  decision: 'approve' | 'deny' = 'approve',
  browser = new PlainBrowser(),
): Promise<Callback> {
  let { response, url } = await browser.follow(authorizeUrl)
  for (let pages = 0; pages < 4; pages++) {
    const location = response.headers.get('location')
    if (location !== null) return callbackOf(location)
    const html = await response.text()
    if (response.status !== 200)
      throw new Error(
        `${response.status} at ${url}: ${html.replace(/<style[\s\S]*?<\/style>|<[^>]+>/g, ' ').slice(0, 800)}`,
      )
    const fields: Record<string, string> =
      html.includes('name="password"') || html.includes('name=password')
        ? { ...person }
        : { ...boxesOf(html), decision }
    ;({ response, url } = await browser.submit(html, url, fields))
  }
  throw new Error(`no end at ${url}`)
}

/** It reads some hundred megabytes from a disk that may be slow, the first time. */
const LAUNCH_MILLISECONDS = 120_000

/** @param more what else it is started with */
export function launchChromium(...more: readonly string[]): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    timeout: LAUNCH_MILLISECONDS,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...more,
    ],
  })
}

/** The same in a real browser. The callback is taken at the door of the client, before it is reached. */
export async function decideInBrowser(
  context: BrowserContext,
  authorizeUrl: string,
  person: Credentials,
  decision: 'approve' | 'deny' = 'approve',
): Promise<void> {
  const page = await context.newPage()
  await page.goto(authorizeUrl)
  if ((await page.locator('input[name=password]').count()) > 0) {
    await page.fill('input[name=email]', person.email)
    await page.fill('input[name=password]', person.password)
    await page.locator('input[name=password]').press('Enter')
  }
  await page.locator(`button[name=decision][value=${decision}]`).click()
}
