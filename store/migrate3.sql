-- Migration from version 2 to version 3. Times, days, lists and hashes are as in schema.sql, as is the rule for
-- comments.

-- What a visit says of its source's document (broadsheet.Visit).
ALTER TABLE visit ADD COLUMN entries INTEGER NOT NULL DEFAULT 0;       -- entries of the last document that was read
ALTER TABLE visit ADD COLUMN list_changed TEXT NOT NULL DEFAULT '';    -- why the list of a page is not the one it was; '': it is
ALTER TABLE visit ADD COLUMN quarantine TEXT NOT NULL DEFAULT '';      -- why nothing of the source is shown; '': it is shown

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
