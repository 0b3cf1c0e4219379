import { tracePage } from './trace.ts'
import { tracesPage } from './traces.ts'

export const ADMIN_PAGES = {
  trace: tracePage,
  traces: tracesPage,
}
