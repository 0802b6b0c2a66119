#!/usr/bin/env bash
# Subscribes real feed readers to three days of editions, served on loopback: run.sh [BROADSHEET]
#
# There are four articles on the first day, two on the second and one on the third, when title and text of the second article
# are corrected. Each reader polls after each day, and once more when nothing has changed. It must have every article once,
# show none as new again, and get the correction under the id of the corrected article. A reader that is not installed is
# skipped with a message.
set -euo pipefail
cd "$(dirname "$0")/../../.."
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY
command -v python3 >/dev/null || { echo "SKIPPED: feed readers: python3 is not installed"; exit 0; }
found=0
for reader in newsboat sfeed_update r2e; do command -v $reader >/dev/null && found=1; done
[ $found = 1 ] || { echo "SKIPPED: feed readers: none of newsboat, sfeed and rss2email is installed"; exit 0; }

work=$(mktemp -d)
trap 'kill $server 2>/dev/null || true; rm -rf "$work"' EXIT
program=${1:-$work/broadsheet}
[ -n "${1:-}" ] || go build -o "$program" ./cmd/broadsheet
mkdir -p "$work/www/source" "$work/www/public"
python3 -u -m http.server --bind 127.0.0.1 --directory "$work/www" 0 >"$work/server.log" 2>&1 &
server=$!
for _ in $(seq 100); do
  port=$(sed -nE 's/.* port ([0-9]+).*/\1/p' "$work/server.log")
  [ -n "$port" ] && break
  sleep 0.1
done
[ -n "$port" ] || { cat "$work/server.log"; exit 1; }
site=http://127.0.0.1:$port
cat >"$work/feeds.yaml" <<YAML
title: Three Days
url: $site/public/
edition: {size: 10, per_source: 10}
sources:
  - {feed: $site/source/feed.xml, allow_private: true}
YAML

# article ID TITLE writes an entry of the source.
article() {
  echo "<item><title>$2</title><link>$site/source/$1.html</link><guid>$1</guid><pubDate>2$(((7 - $1) / 9)) Nov 2026 0$1:00:00 GMT</pubDate><description>The article with the number $1 tells how its shard was moved to another machine, what was lost on the way, and how the lease that replaced lock number $1 got its length of $1 seconds. Those who were there still call it: $2.</description></item>"
}
# source_feed TITLE-OF-TWO LAST writes the feed of the source with the articles 1 to LAST; the second has that title.
source_feed() {
  local titles=(- "The first & only lock" "$1" "A cache, cold" "Numbers that stay" "Moving a shard" "What a lease costs" "The last queue")
  { echo "<rss version='2.0'><channel><title>Source</title>"
    for i in $(seq "$2" -1 1); do
      article "$i" "${titles[$i]//&/&amp;}"
      echo "<!doctype html><title>${titles[$i]//&/&amp;}</title>" >"$work/www/source/$i.html" # an article whose page is missing is not published
    done
    echo "</channel></rss>"; } >"$work/www/source/feed.xml"
}

# Each reader has two functions: ask subscribes on the first call and polls on later ones; list prints a line "ID<tab>TITLE"
# for each article that the reader has shown as new or changed, twice if it did so twice.
newsboat_ask() {
  [ -f urls ] || { echo "$site/public/$1" >urls; : >config; }
  HOME=$PWD newsboat -q -u urls -c cache.db -C config -x reload
}
newsboat_list() {
  python3 - <<'PY'
import sqlite3
for guid, title in sqlite3.connect("cache.db").execute("select guid, title from rss_item where deleted = 0"):
    print(guid, title, sep="\t")
PY
}
sfeed_update_ask() {
  [ -f sfeedrc ] || printf 'sfeedpath="%s/feeds"\nfeeds() { feed three "%s"; }\n' "$PWD" "$site/public/$1" >sfeedrc
  sfeed_update sfeedrc >/dev/null 2>sfeed.log || { cat sfeed.log; return 1; }
}
sfeed_update_list() { awk -F '\t' '{ print $6 "\t" $2 }' feeds/three; }
r2e_ask() {
  if [ ! -f r2e.cfg ]; then
    printf '[DEFAULT]\nfrom = news@localhost\nto = reader@localhost\nemail-protocol = maildir\nmaildir-path = %s/mail\nmaildir-mailbox = in\nforce-from = True\nuse-publisher-email = False\nhtml-mail = False\nreply-changes = True\n' "$PWD" >r2e.cfg
    r2e -c r2e.cfg -d r2e.json add three "$site/public/$1" reader@localhost >/dev/null 2>r2e.log || { cat r2e.log; return 1; }
  fi
  mkdir -p mail/in/{new,cur,tmp}
  r2e -c r2e.cfg -d r2e.json run >/dev/null 2>r2e.log || { cat r2e.log; return 1; }
}
r2e_list() {
  python3 - <<'PY'
import email, email.policy, glob
for path in sorted(glob.glob("mail/in/new/*")):
    m = email.message_from_file(open(path), policy=email.policy.default)
    print(m["X-RSS-ID"], m["Subject"], sep="\t")
PY
}

day() { # day DATE TITLE-OF-TWO LAST
  source_feed "$2" "$3"
  "$program" --feeds "$work/feeds.yaml" --db "$work/db" --out "$work/www/public" --now "$1T07:00:00Z" -q run --force
}
each() { # each N: every reader polls the feed of every format; the file after-N lists what it has
  for reader in newsboat sfeed_update r2e; do
    command -v $reader >/dev/null || continue
    for format in atom.xml rss.xml; do
      mkdir -p "$work/$reader-$format" && cd "$work/$reader-$format"
      ${reader}_ask $format || { echo "WRONG  $reader on $format: it cannot read"; exit 1; }
      ${reader}_list | sort >"after-$1"
      cd "$OLDPWD"
    done
  done
}

day 2026-11-22 "The qeueu that never emptied" 4; each 1
day 2026-11-23 "The qeueu that never emptied" 6; each 2
day 2026-11-24 "The queue that never emptied" 7; each 3
each 4

python3 - "$work" <<'PY'
import os, sys
work, wrong = sys.argv[1], 0
print(f"{'reader':14}{'format':10}{'day 1':>6}{'day 2':>6}{'day 3':>6}{'again':>6}  corrected title")
for reader in ["newsboat", "sfeed_update", "r2e"]:
    for format in ["atom.xml", "rss.xml"]:
        dir = f"{work}/{reader}-{format}"
        if not os.path.isdir(dir):
            print(f"{reader:14}{format:10}  SKIPPED: not installed")
            continue
        days = [[line.rstrip("\n").split("\t") for line in open(f"{dir}/after-{n}", encoding="utf-8")] for n in (1, 2, 3, 4)]
        ids = [{id for id, _ in day} for day in days]
        faults = []
        if [len(i) for i in ids] != [4, 6, 7, 7]:
            faults.append("an article is missing, or has come back under another id")
        if [len(d) for d in days[:2]] != [4, 6]:
            faults.append("an article is there twice")
        if not (ids[0] < ids[1] < ids[2] == ids[3]):
            faults.append("an id has changed")
        old = {id for id, title in days[0] if "qeueu" in title}
        new = [id for id, title in days[2] if "The queue that" in title]
        if len(old) != 1 or set(new) != old:
            faults.append("the corrected title did not arrive under its article's id")
        kept = any("qeueu" in title for _, title in days[2])
        if len(days[2]) != 7 + kept or sorted(days[2]) != sorted(days[3]):
            faults.append("something came twice")
        if not any(title.endswith("The first & only lock") for _, title in days[0]):
            faults.append("a title is shown with its escapes")
        how = "a second notice, same id" if kept else "in place"
        print(f"{reader:14}{format:10}" + "".join(f"{len(i):6}" for i in ids) + "  " + ("; ".join(faults) or how))
        if faults:
            wrong += 1
            print(*(f"    {day}" for day in days), sep="\n")
sys.exit(1 if wrong else 0)
PY
