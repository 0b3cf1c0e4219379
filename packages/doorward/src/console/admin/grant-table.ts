import { OFFLINE_ACCESS } from '../../authority/context.ts'
import { bindingOf } from '../client-words.ts'
import { address, claimed, type Html, html, isolated } from '../html.ts'
import { moment } from '../moment.ts'
import type { Words } from '../words/words.ts'
import type { Frame } from './frame.ts'
import { KEEP } from './kept-scopes.ts'
import { actButton, hidden, pager, state, table, withQuery } from './parts.ts'

export interface GrantLine {
  readonly id: string
  readonly userId: string
  readonly clientId: string
  readonly resource: string
  readonly scope: string
  readonly openedAt: number
  readonly rotatedAt?: number | undefined
  /** When a token was last asked for, roughly, and from which network prefix. */
  readonly usedAt?: number | undefined
  readonly usedNetwork?: string | undefined
  readonly expiresAt: number
  /** The end that no use moves. */
  readonly endsAt?: number | undefined
  /** Undefined where a person agreed to it. */
  readonly kind?: string | undefined
  readonly revokedAt?: number | undefined
  readonly senderKey?: string | undefined
  readonly person?: string | undefined
  readonly application?: string | undefined
  readonly isLive: boolean
}

/** Who allowed which application what, with a button that ends it. */
export function grantTable(grants: readonly GrantLine[], frame: Frame, words: Words): Html {
  const { grants: word } = words.adminPeople
  return table(
    word.title,
    [
      { title: word.person },
      { title: word.client },
      { title: word.resource },
      { title: word.scope },
      { title: word.opened },
      { title: word.used },
      { title: word.ends },
      { title: word.state },
      { title: word.revoke },
    ],
    grants.map((grant) => [
      grant.person === undefined
        ? address(grant.userId)
        : html`<a href="${withQuery(`${frame.base}/people/one`, { id: grant.userId })}">${isolated(grant.person)}</a>`,
      html`<a href="${withQuery(`${frame.base}/clients/one`, { id: grant.clientId })}">${grant.application === undefined ? address(grant.clientId) : claimed(grant.application, 60)}</a>`,
      address(grant.resource),
      html`<span class="small">${grant.scope.split(' ').map((scope) => html`<span class="line address">${scope}</span>`)}</span>${narrowing(grant, frame, words)}`,
      moment(words, grant.openedAt),
      used(grant, words),
      ends(grant, words),
      html`${grant.isLive ? state('good', word.live) : state('even', word.ended)}${grant.senderKey !== undefined && html`<span class="line small soft">${word.bound[bindingOf(grant.senderKey)]}</span>`}`,
      grant.isLive
        ? actButton(frame, {
            path: '/grants/revoke',
            fields: { id: grant.id },
            label: word.revoke,
            look: 'plain',
            of: `${grant.application ?? grant.clientId}, ${grant.person ?? grant.userId}`,
          })
        : '',
    ]),
  )
}

/** Where a page has room for the first of them only: the others, in the list of all. */
export function moreGrants(
  frame: Pick<Frame, 'base'>,
  filter: { readonly client: string } | { readonly person: string },
  next: string | undefined,
  words: Words,
): Html | false {
  if (next === undefined) return false
  const href = withQuery(`${frame.base}/grants`, { ...filter, after: next })
  return pager(words.adminPeople.grants.title, [href, words.admin.next])
}

/** Of one permission nothing can be taken but all; what an application holds by itself it would ask for again. */
function narrowing({ id, scope, kind, isLive }: GrantLine, frame: Frame, words: Words): Html | false {
  const all = scope.split(' ')
  const scopes = all.filter((name) => name !== OFFLINE_ACCESS)
  if (!isLive || kind !== undefined || scopes.length < 2) return false
  const stays = scopes.length < all.length ? { [KEEP + OFFLINE_ACCESS]: 'yes' } : {}
  return html`<details><summary>${words.adminPeople.grants.narrow}</summary><form method="post" action="${frame.base}/grants/narrow"><input type="hidden" name="request" value="${frame.request}">${hidden({ id })}<fieldset><legend>${words.connections.keepWhich}</legend>${scopes.map(
    (name, i) =>
      html`<label class="choice" for="keep-${id}-${i}"><input class="checkbox" type="checkbox" id="keep-${id}-${i}" name="${KEEP + name}" value="yes" checked><span class="address">${name}</span></label>`,
  )}</fieldset>${hidden(stays)}<button class="secondary">${words.connections.keepOnly}</button></form></details>`
}

function used({ kind, usedAt, rotatedAt, usedNetwork }: GrantLine, words: Words): Html | string {
  // What an application holds by itself is not written at each use.
  if (kind !== undefined) return words.adminPeople.grants.usedUnknown
  if (usedAt === undefined && rotatedAt === undefined) return words.admin.never
  const from = usedNetwork !== undefined && words.connections.from(address(usedNetwork))
  return html`${moment(words, Math.max(usedAt ?? 0, rotatedAt ?? 0))}${from !== false && html`<span class="line small soft">${from}</span>`}`
}

function ends({ isLive, revokedAt, endsAt, expiresAt }: GrantLine, words: Words): Html {
  const at = moment(words, revokedAt ?? endsAt ?? expiresAt)
  return isLive && endsAt === undefined ? words.adminPeople.grants.unlessUsed(at) : at
}
