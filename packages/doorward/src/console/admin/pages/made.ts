import { COPY_SCRIPT, copyable } from '../../copy.ts'
import { html, isolated } from '../../html.ts'
import type { Page } from '../../views.ts'
import type { Words } from '../../words/words.ts'
import { consolePage, type Frame } from '../frame.ts'

/** Something new, and the secret that comes with it. */
export interface Made {
  readonly kind: 'client' | 'secret' | 'person' | 'password' | 'invite'
  readonly id: string
  readonly secret: string | undefined
  /** The identity provider that lets a person in, where they have no password. */
  readonly signsInAt?: string | undefined
}

export interface MadeView {
  readonly frame: Frame
  readonly made: Made
  readonly back: string
}

/** Shown once: nobody can look a secret up again. */
export function madePage({ frame, made, back }: MadeView, words: Words): Page {
  const { title, id, secret } = words.adminDone.made[made.kind]
  return consolePage({
    words,
    frame,
    title,
    scripts: [COPY_SCRIPT],
    main: html`<h1>${title}</h1><section class="panel"><h2>${id}</h2>${copyable(made.id, id, words)}
${made.secret !== undefined && html`<h2>${secret}</h2>${copyable(made.secret, secret, words)}<p class="small soft">${words.adminDone.once}</p>`}
${made.signsInAt !== undefined && html`<p>${words.adminPeople.signsInAt(isolated(made.signsInAt))}</p>`}
<div class="buttons"><a class="button secondary" href="${back}">${words.adminDone.goOn}</a></div></section>`,
  })
}
