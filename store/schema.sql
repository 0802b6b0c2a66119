-- The database of a Broadsheet: what sources reported, and what was made of it.
--
-- Times are seconds since 1970 in UTC (INTEGER); NULL: never, or not known. Days are TEXT, YYYY-MM-DD, in the time zone
-- of feeds.yaml. Lists of strings are JSON arrays; NULL: empty. Hashes are the first 64 bits of a SHA-256, as a signed
-- INTEGER: an index of hashes is a fifth smaller than one of addresses, and nobody can make one that collides with
-- another's.
--
-- SQLite keeps the text of a CREATE statement, with the comments in it, in each database file. These comments are
-- therefore not edited. In them, "told" means reported by a source, a "sighting" is a stored feed item, a "mark" or
-- "trace" is a key of an article's signature (signature.go), and the article that "speaks for" its story is the
-- canonical one; the source that "speaks for" an article owns it, and alone may change it. "Generation" is the version
-- of the scoring rules.

CREATE TABLE source (
  id         INTEGER PRIMARY KEY,
  address    TEXT NOT NULL UNIQUE,            -- Source.ID: its URL, or list:NAME
  name       TEXT NOT NULL,                   -- as shown
  kind       TEXT NOT NULL,                   -- feed, page, sitemap, list
  heading    TEXT NOT NULL,                   -- group of feeds.yaml that it stands under
  listed     INTEGER NOT NULL,                -- 1: stands in feeds.yaml; 0: taken out of it, and kept for ever
  added      INTEGER NOT NULL,                -- when first heard of
  first      INTEGER,                         -- its first success since it was (last) listed: what it told then is inherited
  articles   INTEGER NOT NULL DEFAULT 0,      -- how many it speaks for: counted as they come, not each time one asks
  newest     INTEGER,                         -- when the newest of those whose date was told was published
  oldest     INTEGER                          -- and the oldest
);

CREATE TABLE visit (                          -- broadsheet.Visit, one a source
  source        INTEGER PRIMARY KEY REFERENCES source,
  at            INTEGER,
  success       INTEGER,
  next          INTEGER,
  reason        TEXT NOT NULL,
  status        INTEGER NOT NULL,
  etag          TEXT NOT NULL,
  last_modified TEXT NOT NULL,
  validated     INTEGER,
  body_hash     TEXT NOT NULL,
  failures      INTEGER NOT NULL,
  failing       INTEGER,
  err           TEXT NOT NULL,
  moved         TEXT NOT NULL,
  moved_since   INTEGER,
  gone          INTEGER NOT NULL,
  salvaged      INTEGER NOT NULL,
  title         TEXT NOT NULL,
  home_page     TEXT NOT NULL,
  hints         TEXT NOT NULL                 -- JSON of broadsheet.Hints
);

CREATE TABLE article (
  id         INTEGER PRIMARY KEY,
  key        TEXT NOT NULL,                   -- its identity, for life; found by its hash in link
  link       TEXT NOT NULL,                   -- the address that is shown
  source     INTEGER NOT NULL REFERENCES source, -- which speaks for it
  title      TEXT NOT NULL,
  authors    TEXT,
  published  INTEGER NOT NULL,                -- believed; never rewritten once shown
  dated      INTEGER NOT NULL,                -- 1: published was told; 0: assumed
  updated    INTEGER NOT NULL,                -- when title or text really changed
  seen       INTEGER NOT NULL,                -- first seen
  inherited  INTEGER NOT NULL,                -- 1: first seen on the first visit to its source
  language   TEXT NOT NULL,
  image      TEXT NOT NULL,
  tags       TEXT,
  excerpt    TEXT NOT NULL,
  origin     TEXT NOT NULL,                   -- of excerpt: note, page, content, summary, description
  words      INTEGER NOT NULL,                -- of the whole work; 0: not known
  whole      INTEGER NOT NULL,                -- 1: its source told all of it, so that its page need not be read
  former     BLOB,                            -- hashes of former titles and texts: a return to one is no change
  story      INTEGER NOT NULL,                -- id of the article that speaks for its story; its own when alone
  page       INTEGER NOT NULL DEFAULT 0,      -- its page: 0 not read, 1 read, 2 given up
  page_next  INTEGER,                         -- not to be read before
  page_tries INTEGER NOT NULL DEFAULT 0,      -- readings that failed
  page_error TEXT NOT NULL DEFAULT '',        -- why the last one did
  final      TEXT NOT NULL DEFAULT '',        -- where its link led
  canonical  TEXT NOT NULL DEFAULT '',        -- what its page calls itself; not believed
  no_snippet INTEGER NOT NULL DEFAULT 0,      -- 1: its page asks not to be quoted
  need       INTEGER NOT NULL,                -- of its page: 2 it is wanted, 1 it has no text to be judged by, 0 none
  judged     INTEGER NOT NULL DEFAULT 0,      -- generation of rules that judged it (meta 'generation'); 0: none
  score      REAL NOT NULL DEFAULT 0,
  wanted     INTEGER NOT NULL DEFAULT 0,      -- 1: the rules let it in
  topic      TEXT NOT NULL DEFAULT '',        -- first that they file it under
  wanted_at  INTEGER,                         -- when they first did, which may be after its page was read: then it is news
  shown      TEXT                             -- day that it, or another article of its story, was shown; NULL: never
);
-- Partial indexes: daily queries only read articles that were not shown yet, so the cost of a day does not grow with
-- the archive.
CREATE INDEX article_seen ON article(seen, source);
CREATE INDEX article_unjudged ON article(judged) WHERE shown IS NULL;
CREATE INDEX article_best ON article(source, score DESC, published DESC, key) WHERE shown IS NULL AND wanted = 1 AND story = id;
CREATE INDEX article_fresh ON article(wanted_at, published) WHERE shown IS NULL AND wanted = 1 AND story = id;
CREATE INDEX article_unread ON article(need DESC, published DESC, page_next) WHERE shown IS NULL AND need > 0;
CREATE INDEX article_story ON article(story) WHERE story <> id;

CREATE TABLE text (                           -- apart, so that rows of article stay small
  article INTEGER PRIMARY KEY REFERENCES article,
  body    TEXT NOT NULL                       -- the fullest plain text known, paragraphs parted by a blank line
);

CREATE TABLE link (                           -- every key that leads to an article; never deleted
  hash    INTEGER PRIMARY KEY,
  article INTEGER REFERENCES article,         -- NULL: to none
  shared  INTEGER NOT NULL DEFAULT 0          -- 1: several works were told under it, so it does not tell which one is meant
);

CREATE TABLE sighting (                       -- what a source told of an article
  id        INTEGER PRIMARY KEY,
  source    INTEGER NOT NULL REFERENCES source,
  guid_hash INTEGER NOT NULL,                 -- 0: none was told
  link_hash INTEGER NOT NULL,                 -- of the key that it was told under
  article   INTEGER NOT NULL REFERENCES article,
  told      INTEGER NOT NULL,                 -- hash of all that was told: the same again is not news
  guid      TEXT NOT NULL,
  link      TEXT NOT NULL,
  title     TEXT NOT NULL,
  authors   TEXT,
  published INTEGER,                          -- as told, believable or not
  updated   INTEGER,
  tags      TEXT,
  language  TEXT NOT NULL,
  image     TEXT NOT NULL,
  via       TEXT NOT NULL,
  summary   TEXT NOT NULL,                    -- cut at 2,000 bytes; the fullest text is in text
  note      TEXT NOT NULL,
  first     INTEGER NOT NULL,                 -- first and last told; last moves once a day at most
  last      INTEGER NOT NULL
);
CREATE UNIQUE INDEX sighting_told ON sighting(source, guid_hash, link_hash);
CREATE INDEX sighting_article ON sighting(article);

CREATE TABLE reworded (                       -- whose words changed since the index of words took them in
  article INTEGER PRIMARY KEY
);

-- Stories: articles about the same work. The keys in trace yield candidates, package dedupe decides, evidence is kept.

CREATE TABLE trace (                          -- what an article is found again by, when a like one comes
  mark    INTEGER NOT NULL,                   -- 0 and up: a sample of its text; below: hash of its title, or of an address that its page names
  article INTEGER NOT NULL,                   -- no REFERENCES: it would be looked up for each mark
  PRIMARY KEY (mark, article)
) WITHOUT ROWID;

CREATE TABLE unfiled (                        -- traces that wait to be put into trace, many at once
  id     INTEGER PRIMARY KEY,
  traces BLOB NOT NULL                        -- mark, article, mark, article ... as varints
);

CREATE TABLE heard (                          -- a fuller text than its own, told by a source that does not speak for it
  article INTEGER PRIMARY KEY REFERENCES article,
  body    TEXT NOT NULL                       -- compared, never shown
);

CREATE TABLE evidence (                       -- why two articles are one work
  article INTEGER NOT NULL REFERENCES article,
  other   INTEGER NOT NULL REFERENCES article, -- the earlier one
  rule    TEXT NOT NULL,                      -- broadsheet.Evidence
  score   REAL NOT NULL,
  words   TEXT NOT NULL,
  at      INTEGER NOT NULL,
  PRIMARY KEY (article, other)
) WITHOUT ROWID;
CREATE INDEX evidence_other ON evidence(other);

CREATE TABLE edition (                        -- never changes once written
  day     TEXT PRIMARY KEY,
  number  INTEGER NOT NULL,
  at      INTEGER NOT NULL,
  sources INTEGER NOT NULL,
  waiting INTEGER NOT NULL,
  picks   INTEGER NOT NULL,                   -- how many
  more    TEXT NOT NULL                       -- JSON of []broadsheet.More
) WITHOUT ROWID;
CREATE INDEX edition_days ON edition(day, number, picks); -- covering index: lists the archive without reading the editions

CREATE TABLE pick (
  day      TEXT NOT NULL REFERENCES edition,
  position INTEGER NOT NULL,                  -- from 1
  article  INTEGER NOT NULL UNIQUE REFERENCES article, -- shown once, ever
  snapshot TEXT NOT NULL,                     -- JSON of broadsheet.Pick as it was shown, without Text
  PRIMARY KEY (day, position)
) WITHOUT ROWID;

CREATE TABLE event (                          -- what the maintainer's health feed tells
  id     INTEGER PRIMARY KEY,
  source INTEGER NOT NULL REFERENCES source,
  at     INTEGER NOT NULL,
  what   TEXT NOT NULL,                       -- broke, moved, gone, recovered, stale, rebound
  text   TEXT NOT NULL
);
CREATE INDEX event_at ON event(at);
CREATE INDEX event_source ON event(source, at);

CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
