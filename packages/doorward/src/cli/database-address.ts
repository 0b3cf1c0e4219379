/** Whether a database is a PostgreSQL elsewhere, and not a file here. */
export function isPostgres(database: string): boolean {
  return /^postgres(?:ql)?:\/\//i.test(database)
}

/** The address as it may be printed: without its password. */
export function shownDatabase(database: string): string {
  const url = isPostgres(database) ? URL.parse(database) : null
  if (url === null) return database
  if (url.password !== '') url.password = '***'
  if (url.searchParams.has('password')) url.searchParams.set('password', '***')
  return url.href
}
