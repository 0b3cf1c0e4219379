import { address, claimed, type Html, html, isolated } from '../html.ts'
import { moment } from '../moment.ts'
import type { Words } from '../words/words.ts'
import type { Frame } from './frame.ts'
import { actButton, state, table, withQuery } from './parts.ts'

export interface GrantLine {
  readonly id: string
  readonly userId: string
  readonly clientId: string
  readonly resource: string
  readonly scope: string
  readonly openedAt: number
  readonly rotatedAt?: number | undefined
  readonly expiresAt: number
  readonly revokedAt?: number | undefined
  readonly senderKey?: string | undefined
  readonly person?: string | undefined
  readonly application?: string | undefined
  readonly isLive: boolean
}

/** Who allowed which application what, with a button that ends it. */
export function grantTable(grants: readonly GrantLine[], frame: Frame, words: Words): Html {
  const { admin } = words
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
      { title: word.state },
      { title: word.revoke },
    ],
    grants.map((grant) => [
      grant.person === undefined
        ? address(grant.userId)
        : html`<a href="${withQuery(`${frame.base}/people/one`, { id: grant.userId })}">${isolated(grant.person)}</a>`,
      html`<a href="${withQuery(`${frame.base}/clients/one`, { id: grant.clientId })}">${grant.application === undefined ? address(grant.clientId) : claimed(grant.application, 60)}</a>`,
      address(grant.resource),
      html`<span class="small">${grant.scope.split(' ').map((scope) => html`<span class="line address">${scope}</span>`)}</span>`,
      moment(words, grant.openedAt),
      grant.rotatedAt === undefined ? admin.never : moment(words, grant.rotatedAt),
      html`${grant.isLive ? state('good', word.live) : state('even', word.ended)}${grant.senderKey !== undefined && html`<span class="line small soft">${word.bound}</span>`}`,
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
