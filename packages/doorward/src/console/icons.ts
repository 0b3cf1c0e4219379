import { type Html, html } from './html.ts'

/** The door, ajar. */
export const DOOR: Html = html`<svg viewBox="0 0 24 24" fill="currentColor" aria-hidden="true" focusable="false"><path d="M3 22V11a9 9 0 0 1 18 0v11h-2.4V11A6.6 6.6 0 0 0 5.4 11v11z"/><path d="M7.4 22V11A4.6 4.6 0 0 1 12 6.4c1.3 0 2.4.5 3.2 1.3v11.5z"/></svg>`

/** The same for the tab of the browser, so that it asks the server for none. */
export const DOOR_LINK =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='%230f7a5f'%3E%3Cpath d='M3 22V11a9 9 0 0 1 18 0v11h-2.4V11A6.6 6.6 0 0 0 5.4 11v11z'/%3E%3Cpath d='M7.4 22V11A4.6 4.6 0 0 1 12 6.4c1.3 0 2.4.5 3.2 1.3v11.5z'/%3E%3C/svg%3E"

export const CAUTION: Html = html`<svg viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false"><path d="M8 2.2 14.3 13H1.7z"/><path d="M8 6.4v3"/><path d="M8 11.2v.1"/></svg>`

export const CHECKED: Html = html`<svg viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false"><path d="M8 1.8 13.2 3.6v4c0 3.2-2.2 5.5-5.2 6.6-3-1.1-5.2-3.4-5.2-6.6v-4z"/><path d="m5.7 7.9 1.7 1.7 3-3.2"/></svg>`
