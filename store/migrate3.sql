-- Migration from version 2 to version 3. Times, days, lists and hashes are as in schema.sql, as is the rule for
-- comments.

-- What a visit says of its source's document (broadsheet.Visit).
ALTER TABLE visit ADD COLUMN entries INTEGER NOT NULL DEFAULT 0;       -- entries of the last document that was read
ALTER TABLE visit ADD COLUMN list_changed TEXT NOT NULL DEFAULT '';    -- why the list of a page is not the one it was; '': it is
ALTER TABLE visit ADD COLUMN quarantine TEXT NOT NULL DEFAULT '';      -- why nothing of the source is shown; '': it is shown

-- What a visit says of a long document, and of the validators (broadsheet.Visit). Validators of version 2 have no
-- address, so that the next request is unconditional.
ALTER TABLE visit ADD COLUMN left_out INTEGER NOT NULL DEFAULT 0;      -- entries that were not read, since newer ones fill the limit
ALTER TABLE visit ADD COLUMN validators_url TEXT NOT NULL DEFAULT '';  -- the address that gave the validators; '': not known

-- What is remembered from one visit of a page or of a sitemap index to the next.
ALTER TABLE visit ADD COLUMN list TEXT NOT NULL DEFAULT '{}';          -- JSON of broadsheet.PageList: how the list of a page was found, and its links
ALTER TABLE visit ADD COLUMN sitemaps TEXT NOT NULL DEFAULT '{}';      -- JSON of broadsheet.Sitemaps: which sitemaps of an index were read

-- States of sources: what health.xml, stderr and status tell.
ALTER TABLE visit ADD COLUMN denied INTEGER NOT NULL DEFAULT 0;        -- 1: robots.txt or our own rules forbade the last fetch
ALTER TABLE visit ADD COLUMN undated INTEGER NOT NULL DEFAULT 0;       -- 1: no entry of the last document had a date
UPDATE visit SET entries = -1;                                         -- version 2 did not count them
ALTER TABLE source ADD COLUMN postings TEXT NOT NULL DEFAULT '[]';     -- JSON: when its latest entries were published or, without a date, came; one a day
ALTER TABLE source ADD COLUMN arrived INTEGER;                         -- when a new entry last came; NULL: none after its first visit
UPDATE source SET
  postings = (SELECT json_group_array(at) FROM (
      SELECT max(CASE WHEN published BETWEEN 631152000 AND g.first THEN published ELSE g.first END) AS at FROM sighting g
      WHERE g.source = source.id AND (published >= 631152000 OR g.first > source.first + 3600)
      GROUP BY (CASE WHEN published BETWEEN 631152000 AND g.first THEN published ELSE g.first END) / 86400
      ORDER BY at DESC LIMIT 60)),
  arrived = (SELECT max(g.first) FROM sighting g WHERE g.source = source.id AND g.first > source.first + 3600);
CREATE TABLE state (                                                   -- health.Lasting: what sources were in at the last run
  source INTEGER NOT NULL REFERENCES source,
  state  TEXT NOT NULL,
  since  INTEGER NOT NULL,
  told   INTEGER,                                                      -- when it was told; NULL: not yet
  text   TEXT NOT NULL,
  PRIMARY KEY (source, state)
) WITHOUT ROWID;
INSERT INTO state SELECT source, 'gone', at, at, '' FROM visit WHERE gone = 1;
INSERT INTO state SELECT source, 'failing', failing, at, err FROM visit WHERE gone = 0 AND failures >= 3 AND failing IS NOT NULL;
INSERT INTO state SELECT source, 'moved', moved_since, moved_since, 'to ' || moved FROM visit WHERE moved <> '' AND moved_since IS NOT NULL;
INSERT INTO state SELECT source, 'unlinked', at, at, '' FROM visit WHERE unlinked > 0;
INSERT INTO state SELECT source, 'full', at, at, '' FROM visit WHERE refused > 0;
INSERT INTO state SELECT source, 'salvaged', at, at, '' FROM visit WHERE salvaged = 1;
INSERT INTO state SELECT e.source, 'silent', e.at, e.at, e.text FROM event e WHERE e.what = 'stale'
  AND e.id = (SELECT x.id FROM event x WHERE x.source = e.source AND x.what IN ('stale', 'recovered') ORDER BY x.at DESC, x.id DESC LIMIT 1);
ALTER TABLE event ADD COLUMN printed INTEGER NOT NULL DEFAULT 0;       -- 1: it was written to stderr, or needs not be
UPDATE event SET printed = 1;

-- When the latest articles of a source came (schedule.RhythmOf): JSON array of at most 20 times, in order. An article
-- came when it was published, or first seen if it has no date; without a date it did not come on the first visit.
ALTER TABLE source ADD COLUMN arrivals TEXT NOT NULL DEFAULT '[]';
UPDATE source SET arrivals = latest.times FROM (
  SELECT source, json_group_array(at ORDER BY at) AS times FROM (
    SELECT source, iif(dated, published, seen) AS at,
      row_number() OVER (PARTITION BY source ORDER BY iif(dated, published, seen) DESC) AS n
    FROM article WHERE dated OR NOT inherited) WHERE n <= 20 GROUP BY source) AS latest
  WHERE latest.source = source.id;

-- Pages of the backlog are read at a pace: how many were in the last day.
ALTER TABLE article ADD COLUMN page_paced INTEGER;                     -- when its page was last tried as one of the backlog
CREATE INDEX article_paced ON article(page_paced) WHERE page_paced IS NOT NULL;

-- What is known of host groups: all hosts whose requests one operator counts together. Only groups are stored of which
-- more is known than that they answer.
CREATE TABLE host_group (
  name  TEXT PRIMARY KEY,                     -- medium.com, or a host name
  state TEXT NOT NULL                         -- JSON of hostgroup.State
) WITHOUT ROWID;

-- Sources that somebody else may have taken over (quarantine.go).
CREATE TABLE profile (                        -- what a source was in its earlier documents
  source INTEGER PRIMARY KEY REFERENCES source,
  data   TEXT NOT NULL                        -- JSON of hijack.Profile; '{}': the next document is the first to learn from
);

-- Articles of a source in quarantine, which are in no edition. 1: reported before the quarantine; 2: first reported in it.
ALTER TABLE article ADD COLUMN quarantined INTEGER NOT NULL DEFAULT 0;
