import { html } from '../html.ts'
import { page, referenceFooter } from '../layout.ts'
import type { GoingOnView, Page } from '../views.ts'
import type { Words } from '../words/words.ts'

/**
 * The way to an identity provider. A page and not a redirect: the redirect of a form would need a policy that lets forms lead to wherever
 * the provider redirects further (quirk Q26).
 */
export function goingOnPage({ href, name, correlation }: GoingOnView, words: Words): Page {
  const { ways } = words
  return page({
    words,
    title: ways.goingOn(name),
    main: html`<h1>${ways.goingOn(name)}</h1><p class="soft">${ways.goingOnLead(name)}</p><p><a class="button primary full" href="${href}">${ways.goOn}</a></p>`,
    footer: referenceFooter(words, correlation),
  })
}
