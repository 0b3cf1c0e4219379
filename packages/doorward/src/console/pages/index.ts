// stand-in while the pages are drawn
import type { Page } from '../views.ts'
const esc = (s: unknown) => String(s).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)
const p = (status: number, body: string): Page => ({ status, html: `<!doctype html><html lang=en><title>x</title><body>${body}`, scriptHashes: [], styleHashes: [] })
export const PAGES = {
  signIn: (v: any) => p(200, `<form method="post" action="${esc(v.action)}"><input type=hidden name=request value="${esc(v.request)}"><input name=email><input name=password type=password><button>go</button></form>${esc(v.problem ?? '')}`),
  consent: (v: any) => p(200, `<form method="post" action="${esc(v.action)}"><input type=hidden name=request value="${esc(v.request)}"><button name=decision value=approve>Allow</button><button name=decision value=deny>Deny</button></form>`),
  resourceChoice: (v: any) => p(200, JSON.stringify(v)),
  problem: (v: any) => p(v.status, esc(JSON.stringify(v))),
  home: (v: any) => p(200, esc(JSON.stringify(v))),
  notice: (v: any) => p(200, esc(JSON.stringify(v))),
}
