-- Migration from version 1 to version 2. Times, days, lists and hashes are as in schema.sql, as is the rule for
-- comments.

-- Links into private networks. A visit counts those in its document, which are dropped.
ALTER TABLE visit ADD COLUMN unlinked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE visit ADD COLUMN unlinked_host TEXT NOT NULL DEFAULT ''; -- host of the first of them
-- Documents with such links have to be read again, though they did not change: the links may mean the source's own
-- site.
UPDATE visit SET etag = '', last_modified = '', body_hash = '' WHERE source IN (SELECT source FROM article WHERE shown IS NULL
  AND (link LIKE 'http%://localhost%' OR link LIKE 'http%://127.%' OR link LIKE 'http%://0.0.0.0%' OR link LIKE 'http%://[%'
    OR link LIKE 'http%://192.168.%' OR link LIKE 'http%://10.%' OR link LIKE 'http%://172.%' OR link LIKE 'http%://%.local%'));

-- Pages that are known to be dead. An article with a dead page is in no edition.
ALTER TABLE article ADD COLUMN dead TEXT NOT NULL DEFAULT ''; -- broadsheet.Dead: why its page cannot be opened; '': not known
UPDATE article SET judged = 0, dead = CASE
    WHEN page_error LIKE '%: it answered 404 %' THEN '404'
    WHEN page_error LIKE '%: it answered 410 %' THEN '410'
    WHEN page_error LIKE '%: there is no host "%' THEN 'no host'
    ELSE 'private' END
  WHERE shown IS NULL AND page <> 1 AND (page_error LIKE '%: it answered 404 %' OR page_error LIKE '%: it answered 410 %'
    OR page_error LIKE '%: there is no host "%' OR page_error LIKE '%an address that is not public%');
-- Version 1 did not store whether the page of an article without text existed: it is read once more.
UPDATE article SET page = 0, need = 2 WHERE shown IS NULL AND page = 1 AND wanted = 1 AND excerpt = '' AND no_snippet = 0;
-- Articles without text come last.
DROP INDEX article_best;
CREATE INDEX article_best ON article(source, (excerpt = ''), score DESC, published DESC, key) WHERE shown IS NULL AND wanted = 1 AND story = id;

-- Sources whose path is a secret (secret: true). It stays secret after the source was removed from feeds.yaml.
ALTER TABLE source ADD COLUMN secret INTEGER NOT NULL DEFAULT 0;

-- What is being fetched and parsed. The rows of a run that crashed show the next run what may have caused the crash.
CREATE TABLE attempt (
  kind    TEXT NOT NULL,                      -- what id is: 'page' (of an article) or 'source'
  id      INTEGER NOT NULL,                   -- of the article, or of the source
  running INTEGER NOT NULL,                   -- 1: about to be read, or being read, by the run at work
  deaths  INTEGER NOT NULL DEFAULT 0,         -- runs in a row that died while it was read; 1 and up: it is read alone
  PRIMARY KEY (kind, id)
) WITHOUT ROWID;

-- What was withdrawn (broadsheet withdraw).
CREATE TABLE withdrawal (
  id   INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,                         -- day, article, source
  what TEXT NOT NULL,                         -- the day, the key of the article, the address of the source
  at   INTEGER NOT NULL,
  UNIQUE (kind, what)
);
CREATE TABLE withdrawn (                      -- the articles that a withdrawal of an article or a source bars
  article    INTEGER NOT NULL REFERENCES article,
  withdrawal INTEGER NOT NULL REFERENCES withdrawal,
  PRIMARY KEY (article, withdrawal)
) WITHOUT ROWID;
CREATE INDEX withdrawn_by ON withdrawn(withdrawal);
CREATE TABLE withdrawn_pick (                 -- picks of an edition that was withdrawn, for withdraw --undo
  day      TEXT NOT NULL REFERENCES edition,
  position INTEGER NOT NULL,
  article  INTEGER NOT NULL REFERENCES article,
  snapshot TEXT NOT NULL,
  PRIMARY KEY (day, position)
) WITHOUT ROWID;
ALTER TABLE edition ADD COLUMN first TEXT NOT NULL DEFAULT '';      -- id of its first pick as it was cut; '': that of the first pick it has
CREATE TABLE revised (                        -- editions that a withdrawal changed
  day   TEXT PRIMARY KEY REFERENCES edition,
  times INTEGER NOT NULL
) WITHOUT ROWID;

-- Disk quota of a source (quota.go).
ALTER TABLE source ADD COLUMN room INTEGER;                        -- bytes that it may still add, as of room_at
ALTER TABLE source ADD COLUMN room_at INTEGER;                     -- NULL: it has all that a source may fill
ALTER TABLE visit ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;   -- new entries of the last document that found no room
