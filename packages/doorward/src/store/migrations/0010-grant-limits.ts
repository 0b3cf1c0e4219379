// What bounds a grant besides its disuse, and what a person wants to know of it. The last use is written where a row is written
// anyway. No verb that lets a grant live on as it is changes the column of the index.
export const grantLimits = `
ALTER TABLE grants ADD COLUMN ends_at INTEGER;
ALTER TABLE grants ADD COLUMN narrowed_at INTEGER;
ALTER TABLE grants ADD COLUMN network TEXT;
ALTER TABLE grants ADD COLUMN used_at INTEGER;
ALTER TABLE grants ADD COLUMN used_network TEXT;
CREATE INDEX grants_by_narrowing ON grants (narrowed_at) WHERE narrowed_at IS NOT NULL;
`
