// RFC 9396: what a person agreed to in detail, as JSON; null where there is none.
export const authorizationDetails = `
ALTER TABLE grants ADD COLUMN authorization_details TEXT;
`
