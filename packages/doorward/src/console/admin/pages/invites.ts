import { html, isolated } from '../../html.ts'
import { moment } from '../../moment.ts'
import type { Page } from '../../views.ts'
import type { Words } from '../../words/words.ts'
import { consolePage, type Frame } from '../frame.ts'
import { actButton, none, state, table, typedInto } from '../parts.ts'

export interface InviteLine {
  readonly id: string
  readonly note: string
  readonly uses: number
  readonly mostUses: number
  readonly redirectHosts: readonly string[]
  readonly createdAt: number
  readonly expiresAt: number
  readonly revokedAt?: number | undefined
}

export interface InvitesView {
  readonly frame: Frame
  readonly now: number
  readonly invites: readonly InviteLine[]
}

/** The invites that there are, never their tokens, and a form for one more. */
export function invitesPage({ frame, now, invites }: InvitesView, words: Words): Page {
  const { invites: word } = words.adminPeople
  const here = `${frame.base}/invites`
  const form = typedInto(frame, 'invite-created')
  const isOpen = (invite: InviteLine) =>
    invite.revokedAt === undefined && invite.expiresAt > now && invite.uses < invite.mostUses
  return consolePage({
    words,
    frame,
    title: word.title,
    main: html`<h1>${word.title}</h1><p class="soft">${word.lead}</p>
${
  invites.length === 0
    ? none(word.none)
    : html`<section class="panel">${table(
        word.title,
        [
          { title: word.noteShort },
          { title: word.used, isNumber: true },
          { title: word.hostsShort },
          { title: word.ends },
          { title: word.state },
          { title: word.revoke },
        ],
        invites.map((invite) => [
          html`${isolated(invite.note)}<span class="line small soft address">${invite.id}</span>`,
          `${invite.uses} / ${invite.mostUses}`,
          html`${invite.redirectHosts.map((host) => html`<span class="line address">${host}</span>`)}`,
          moment(words, invite.expiresAt),
          isOpen(invite)
            ? state('good', word.open)
            : state('even', invite.revokedAt === undefined ? word.over : word.revoked),
          isOpen(invite)
            ? actButton(frame, {
                path: '/invites/revoke',
                fields: { id: invite.id },
                label: word.revoke,
                look: 'plain',
                of: invite.note,
              })
            : '',
        ]),
      )}</section>`
}
<section class="panel" aria-labelledby="create"><h2 id="create">${word.create}</h2><form method="post" action="${here}/create"><input type="hidden" name="request" value="${frame.request}">
<label for="note">${word.note}</label><input class="field" id="note" name="note" maxlength="200" value="${form.value('note')}"${form.marks('note')}>
<label for="uses">${word.uses}</label><input class="field" id="uses" name="uses" type="number" min="1" max="100000" value="${form.value('uses', '1')}" required${form.marks('uses')}>
<label for="days">${word.days}</label><input class="field" id="days" name="days" type="number" min="1" max="3650" value="${form.value('days', '7')}" required${form.marks('days')}>
<label for="hosts">${word.hosts}</label><textarea class="field" id="hosts" name="hosts" rows="2" spellcheck="false"${form.marks('hosts')}>${form.value('hosts')}</textarea>
<label for="scopes">${word.scopes}</label><input class="field" id="scopes" name="scopes" maxlength="1000" spellcheck="false" value="${form.value('scopes')}"${form.marks('scopes')}>
<div class="buttons"><button class="primary">${word.create}</button></div></form></section>`,
  })
}
