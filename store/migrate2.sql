-- Version 2: what issue after issue adds to a database of version 1. Times, days, lists and hashes as in schema.sql.

-- Links into private networks. A visit counts those that its body told and that were dropped.
ALTER TABLE visit ADD COLUMN unlinked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE visit ADD COLUMN unlinked_host TEXT NOT NULL DEFAULT ''; -- where the first of them led
-- What was told with such links is to be read again, though it is the same: they may mean the source's own site.
UPDATE visit SET etag = '', last_modified = '', body_hash = '' WHERE source IN (SELECT source FROM article WHERE shown IS NULL
  AND (link LIKE 'http%://localhost%' OR link LIKE 'http%://127.%' OR link LIKE 'http%://0.0.0.0%' OR link LIKE 'http%://[%'
    OR link LIKE 'http%://192.168.%' OR link LIKE 'http%://10.%' OR link LIKE 'http%://172.%' OR link LIKE 'http%://%.local%'));
