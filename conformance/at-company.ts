// A company's identity provider, and what its people do there.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { formOf, PlainBrowser } from './person.ts'

export interface Company {
  readonly issuer: string
  readonly start: () => Promise<void>
  readonly stop: () => Promise<void>
  /** What it says of each of its people, besides an address of theirs. */
  readonly say: (people: Readonly<Record<string, Readonly<Record<string, unknown>>>>) => Promise<void>
  /** Paths at which it hangs up from now on. */
  readonly hangUpAt: (...paths: readonly string[]) => Promise<void>
}

/** `company.ts` in a process of its own; not started yet. */
export function companyAt(port: number, redirectUri: string, host = 'localhost'): Company {
  let child: ChildProcess | undefined
  let people: Parameters<Company['say']>[0] = {}
  const issuer = `http://${host}:${port}`
  const put = async (path: string, body: unknown) => {
    await (await fetch(`${issuer}${path}`, { method: 'PUT', body: JSON.stringify(body) })).text()
  }
  return {
    issuer,
    start: async () => {
      child = spawn(process.execPath, [join(import.meta.dirname, 'company.ts'), issuer, redirectUri], {
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      let said = ''
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        said += text
      })
      await Promise.race([
        once(child.stdout as NonNullable<typeof child.stdout>, 'data'),
        once(child, 'close').then(() => Promise.reject(new Error(`the company ended: ${said}`))),
      ])
      await put('/people', people)
    },
    stop: async () => {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
    say: (said) => {
      people = said
      return put('/people', people)
    },
    hangUpAt: (...paths) => put('/hang-up', paths),
  }
}

/** Presses the button of the company on a sign-in page; what comes of it. */
export async function press(browser: PlainBrowser, html: string): Promise<Response> {
  const action = /action="([^"]*\/sign-in\/company\/start)"/.exec(html)?.[1] ?? assert.fail(html)
  return browser.visit(action, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(formOf(html).hidden),
  })
}

/** Chooses the company on the sign-in page that `start` leads to; the address there. */
export async function choose(browser: PlainBrowser, start: string): Promise<string> {
  const { response, url } = await browser.follow(start)
  const going = await press(browser, await response.text())
  assert.equal(going.status, 200, url)
  return onTo(going)
}

/** Where a page goes on to by itself. */
export function onTo(response: Response): string {
  return /^0; url=(.*)$/.exec(response.headers.get('refresh') ?? '')?.[1] ?? assert.fail(String(response.status))
}

/**
 * Signs in at the company, and stops before what it says is brought back.
 * @param there the same browser as it is known there; one that is remembered is asked nothing
 */
export async function atCompany(
  address: string,
  login: string,
  door: string,
  there = new PlainBrowser(),
): Promise<string> {
  let { response, url } = await there.follow(address)
  for (let step = 0; step < 6; step++) {
    const location = response.headers.get('location')
    if (location?.startsWith(door)) return location
    const html = await response.text()
    const fields: Record<string, string> = html.includes('name="login"') ? { login, password: 'any' } : {}
    ;({ response, url } = await there.submit(html, url, fields))
  }
  return assert.fail('lost at the company')
}

/** What a person reads on a page. */
export function textOf(html: string): string {
  return html.replace(/<style[\s\S]*?<\/style>|<[^>]+>/g, ' ').replace(/\s+/g, ' ')
}

/** The reason that a page names, and where it leads back to. */
export async function problemOn(response: Response): Promise<{ reason?: string; back?: string; reference?: string }> {
  const html = await response.text()
  const found = {
    reason: /errors\/([a-z_]+)"/.exec(html)?.[1],
    back: /href="([^"]*\/sign-in[^"]*)"/.exec(html)?.[1],
    reference: /<pre[^>]*><bdi[^>]*>([0-9A-Z]{10})</.exec(html)?.[1],
  }
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined))
}
