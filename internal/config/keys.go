package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"broadsheet"

	"go.yaml.in/yaml/v3"
)

// The tables of all keys of feeds.yaml, in the order of the reference page. To add a key, add it to a table and a field
// to the Go type: the decoder, the schema and the reference page follow.

const day = 24 * time.Hour

// fetchedKinds are the kinds of source that have a URL to fetch, readKinds those that are read again and again.
var (
	fetchedKinds = []broadsheet.Kind{broadsheet.KindFeed, broadsheet.KindPage, broadsheet.KindSitemap}
	readKinds    = append(fetchedKinds[:3:3], broadsheet.KindFile)
)

var topFields = []field{
	{key: "title", goName: "Title", typ: textType("a text", "Systems Daily", 200), defaultYAML: "Broadsheet", example: "Systems Daily",
		doc: "The name of the publication."},
	{key: "subtitle", goName: "Subtitle", typ: textType("a text", "How real systems are built", 500), example: "How real systems are built",
		doc: "One line under the title."},
	{key: "url", goName: "URL", typ: siteURLType("https://example.com/daily/"), example: "https://example.com/daily/",
		doc: "Where the output will stand; feeds and mail need it for whole addresses."},
	{key: "language", goName: "Language", typ: languageType(), defaultYAML: "en", example: "de",
		doc: "The language of the publication's own words, as a BCP 47 tag."},
	{key: "contact", goName: "Contact", typ: textType("an e-mail or web address", "editor@example.com", 300), example: "editor@example.com",
		doc: "An e-mail or web address that is sent to the sites that are asked, so that they can complain to a person."},
	{key: "hub", goName: "Hub", typ: urlType("https://hub.example.com/"), example: "https://hub.example.com/",
		doc: "A WebSub hub that is told of each new edition."},
	{key: "theme", goName: "Theme", typ: textType("the path of a folder", "theme", 1000), example: "theme",
		doc: "A folder of templates that replace the built-in ones."},
	{key: "edition", goName: "Edition", typ: mapType[broadsheet.EditionRules](editionFields, "{size: 12}"),
		doc: "When an edition is cut and how much it holds."},
	{key: "selection", goName: "Selection", typ: mapType[Scoring](selectionFields, "{threshold: 3}"),
		doc: "How the words of topics make a score."},
	{key: "topics", goName: "Topics", typ: topicsType(), example: "\n  databases: [database*, postgres*]\n  streaming: {label: Streaming and events, weight: 2, words: [kafka]}",
		doc: "What the publication is about: names, and the words that mean them, in the order in which they are shown."},
	{key: "unwanted", goName: "Unwanted", typ: topicsType(), example: "\n  hiring: {weight: 3, words: [we are hiring]}",
		doc: "Groups of words that count against an article."},
	{key: "companies", goName: "Companies", typ: companiesType(), example: "\n  Netflix: [netflixtechblog.com, medium.com/netflix-techblog]",
		doc: "Companies, and the hosts and paths that are their own."},
	{key: "boilerplate", goName: "Boilerplate", typ: listType[BoilerplatePattern]("a list of regular expressions", boilerplateType(), 1, "['^subscribe to our newsletter']"), example: "\n  - '^subscribe to our newsletter'\n  - {id: teaser, where: lead, re: '^welcome back'}",
		doc: "Regular expressions of sentences that are never an article's own, beside the built-in ones."},
	{key: "stories", goName: "Stories", typ: mapType[StoryRules](storyFields, "{join: [[https://a.example/x, https://b.example/y]]}"),
		doc: "The last word on which links are the same work."},
	{key: "limits", goName: "Limits", typ: mapType[Limits](limitFields, "{timeout: 30s}"),
		doc: "What the web may cost."},
	{key: "mail", goName: "Mail", typ: mailType(), example: "\n  from: Systems Daily <daily@example.com>\n  to: [reader@example.com]\n  host: mail.example.com\n  user: daily@example.com\n  password_env: MAIL_PASSWORD",
		doc: "By which server `broadsheet mail` sends editions, from whom and to whom."},
	{key: "webhook", goName: "Webhooks", typ: webhooksType(), example: "\n  - url_env: SLACK_WEBHOOK\n  - url_file: /run/secrets/discord",
		doc: "Where each new edition is told by a JSON message that Slack, Discord and others understand: an address, or a list of them."},
	{key: "sources", typ: sourcesType(groupFields), example: "\n  - https://example.com/feed",
		doc: "What is read: addresses of feeds, maps of keys, and headings with sources of their own."},
}

var editionFields = []field{
	{key: "time", goName: "Time", typ: timeOfDayType(), defaultYAML: `"06:00"`, example: `"07:30"`,
		doc: "The time of day at which an edition is cut: the first run at or after it does. The first edition of all is cut at once, whatever the hour."},
	{key: "timezone", goName: "Location", typ: zoneType(), defaultYAML: "UTC", example: "Europe/Berlin",
		doc: "The time zone of time and of the edition's date, by its IANA name."},
	{key: "size", goName: "Size", typ: integerType(1, 200, "12"), defaultYAML: "12", example: "20",
		doc: "How many articles an edition holds at most."},
	{key: "per_source", goName: "PerSource", typ: integerType(1, 200, "1"), defaultYAML: "1", example: "2",
		doc: "How many of them may come from one source."},
	{key: "fresh_days", goName: "FreshDays", typ: integerType(1, 3650, "14"), defaultYAML: "14", example: "7",
		doc: "After how many days an article is no longer new, whenever it was first seen."},
	{key: "backlog", goName: "Backlog", typ: integerType(0, 200, "3"), defaultYAML: "0", example: "3",
		doc: "How many articles of the backlog may fill a thin day; 0 rations them so that the backlog lasts a year."},
}

var selectionFields = []field{
	{key: "threshold", goName: "Threshold", typ: numberType(-1000, 1000, "3"), defaultYAML: "3", example: "4",
		doc: "The score that an article of a `take: matching` source needs."},
	{key: "title", goName: "Title", typ: numberType(0, 1000, "3"), defaultYAML: "3", example: "3",
		doc: "What a match in the title counts."},
	{key: "tags", goName: "Tags", typ: numberType(0, 1000, "2"), defaultYAML: "2", example: "2",
		doc: "What a match in the tags counts."},
	{key: "lead", goName: "Lead", typ: numberType(0, 1000, "1"), defaultYAML: "1", example: "1",
		doc: "What a match in the first sentences counts."},
	{key: "body", goName: "Body", typ: numberType(0, 1000, "0.5"), defaultYAML: "0.5", example: "0.5",
		doc: "What a match further down counts."},
}

var topicFields = []field{
	{key: "label", goName: "Label", typ: textType("a text", "Streaming and events", 100), example: "Streaming and events",
		doc: "The topic's name as readers see it; left out, its key."},
	{key: "weight", goName: "Weight", typ: numberType(0, 100, "2"), defaultYAML: "1", example: "2",
		doc: "What a match counts, times what the field counts."},
	{key: "words", goName: "Words", typ: wordsType(), example: "[kafka, event stream*]",
		doc: "Words and phrases, matched whole whatever their case; a trailing * takes any ending."},
}

var patternFields = []field{
	{key: "id", goName: "ID", typ: textType("a name", "teaser", 100), example: "teaser",
		doc: "A name for the expression, by which a mistake in it is told."},
	{key: "where", goName: "Where", typ: enumType("any", "lead"), defaultYAML: "any", example: "lead",
		doc: "`lead`: only before the first real sentence; `any`: in any of the first paragraphs."},
	{key: "re", goName: "RE", typ: regexpType(), example: "'^subscribe to our newsletter'",
		doc: "A regular expression (RE2), matched whatever the case."},
}

var storyFields = []field{
	{key: "join", goName: "Join", typ: linkGroupsType(), example: "[[https://a.example/x, https://b.example/y]]",
		doc: "Groups of links that are one story."},
	{key: "split", goName: "Split", typ: linkGroupsType(), example: "[[https://a.example/x, https://b.example/y]]",
		doc: "Groups of links that are not one story, whatever the evidence."},
}

var defaultLimits = Limits{}.WithDefaults()

var limitFields = []field{
	{key: "timeout", goName: "Timeout", typ: durationType(time.Second, 10*time.Minute, "30s"), defaultYAML: durationText(defaultLimits.Timeout), example: "30s",
		doc: "How long one request may take as a whole."},
	{key: "run", goName: "Run", typ: durationType(time.Second, day, "20m"), defaultYAML: durationText(defaultLimits.Run), example: "1h",
		doc: "How long all fetching of a run may take."},
	{key: "body", goName: "Body", typ: sizeType(1<<10, 256<<20, "16MB"), defaultYAML: fmt.Sprintf("%dMB", defaultLimits.Body>>20), example: "32MB",
		doc: "How large an answer may be, unpacked."},
	{key: "gap", goName: "Gap", typ: gapType(), example: "2s",
		doc: "The pause between two requests to one host; left out, 1s, or what is known of a large platform: 8s for Medium, 35s for Reddit, 3s for Substack."},
	{key: "requests", goName: "Requests", typ: integerType(1, 1000, "64"), defaultYAML: strconv.Itoa(defaultLimits.Requests), example: "16",
		doc: "How many requests are made at once, each to another host."},
	{key: "hosts", goName: "Hosts", typ: hostLimitsType(), example: "{medium.com: {gap: 10s, per_hour: 8}}",
		doc: "Limits of single hosts by name, each for all hosts below it too: their requests are counted together. A number is taken for requests, as it was in earlier versions."},
	{key: "redirects", goName: "Redirects", typ: integerType(1, 30, "10"), defaultYAML: strconv.Itoa(defaultLimits.Redirects), example: "5",
		doc: "How many redirects are followed for one request."},
	{key: "pages", goName: "Pages", typ: integerType(1, 100000, "200"), defaultYAML: strconv.Itoa(defaultLimits.Pages), example: "400",
		doc: "How many article pages are read in one run at most. Of articles that are not new, five times edition.size are read a day."},
}

var hostLimitFields = []field{
	{key: "gap", goName: "Gap", typ: gapType(), example: "10s",
		doc: "The pause between two requests to it; left out, that of limits."},
	{key: "per_hour", goName: "PerHour", typ: integerType(1, 100000, "8"), example: "8",
		doc: "How many requests it gets in an hour at most; left out, as many as it turns out to answer, and at most 40 for Medium."},
}

var listedFields = []field{
	{key: "url", goName: "URL", typ: urlType("https://example.com/article"), example: "https://example.com/article",
		doc: "The article's address."},
	{key: "title", goName: "Title", typ: textType("a text", "How it works", 500), example: "How it works",
		doc: "Its title; left out, the page's own."},
	{key: "note", goName: "Note", typ: textType("a text", "Worth reading for its second half.", 2000), example: "Worth reading for its second half.",
		doc: "Your own words about it, shown in place of an excerpt."},
}

// groupFields are the keys of a heading, which its sources inherit.
var groupFields = []field{
	{key: "group", goName: "Group", typ: textType("a text", "Databases", 100), example: "Databases",
		doc: "A heading: the sources under it stand together on the sources page and in OPML."},
	{key: "topics", goName: "Topics", typ: topicListType(), example: "[databases]",
		doc: "Topics that all articles of all its sources have, beside those that a source has itself."},
	{key: "take", goName: "Take", typ: takeType(), example: "matching",
		doc: "What sources take that do not say so themselves."},
	{key: "bonus", goName: "Bonus", typ: bonusType(), example: "1",
		doc: "The bonus of sources that have none themselves."},
	{key: "every", goName: "Every", typ: everyType(), example: "1d",
		doc: "How often sources are asked that do not say so themselves."},
	{key: "sources", typ: sourcesType(nil), example: "\n  - https://example.com/feed",
		doc: "The sources under the heading."},
}

var sourceFields = []field{
	{key: "feed", goName: "URL", typ: urlType("https://example.com/feed"), kinds: []broadsheet.Kind{broadsheet.KindFeed}, requiredFor: []broadsheet.Kind{broadsheet.KindFeed}, example: "https://example.com/feed",
		doc: "The address of an RSS, Atom, RDF or JSON feed."},
	{key: "page", goName: "URL", typ: urlType("https://example.com/blog"), kinds: []broadsheet.Kind{broadsheet.KindPage}, requiredFor: []broadsheet.Kind{broadsheet.KindPage}, example: "https://example.com/blog",
		doc: "The address of a page that lists articles, for sites without a feed."},
	{key: "sitemap", goName: "URL", typ: urlType("https://example.com/sitemap.xml"), kinds: []broadsheet.Kind{broadsheet.KindSitemap}, requiredFor: []broadsheet.Kind{broadsheet.KindSitemap}, example: "https://example.com/sitemap.xml",
		doc: "The address of a sitemap or sitemap index, for the backlog of old blogs."},
	{key: "list", goName: "List", typ: listType[broadsheet.ListEntry]("a list of articles", listedType(), 1, "[https://example.com/article]"), kinds: []broadsheet.Kind{broadsheet.KindList}, requiredFor: []broadsheet.Kind{broadsheet.KindList}, example: "\n  - https://example.com/article\n  - {url: https://example.com/other, title: Another, note: Worth it.}",
		doc: "Articles picked by hand: addresses, or maps of url, title and note."},
	{key: "file", goName: "Path", typ: filePathType("tickets/feed.xml"), kinds: []broadsheet.Kind{broadsheet.KindFile}, requiredFor: []broadsheet.Kind{broadsheet.KindFile}, example: "tickets/feed.xml",
		doc: "The path of a feed that another program writes on this machine, below the folder that --files names on the command line; without --files nothing is read."},
	{key: "name", goName: "Name", typ: textType("a text", "Example Engineering", 100), requiredFor: []broadsheet.Kind{broadsheet.KindList}, example: "Example Engineering",
		doc: "The source's name as readers see it; left out, what the source calls itself."},
	{key: "items", goName: "Items", typ: itemsType("article.post"), kinds: []broadsheet.Kind{broadsheet.KindPage}, defaultYAML: broadsheet.AutoItems, example: "article.post",
		doc: "How the page's list of articles is read. `auto`: the program finds the list itself, remembers it, and reads nothing that is not that list (by half of its links). Else the CSS selector of an article in the list. " +
			"For an address that answers JSON, or a page with JSON in it (`<script type=\"application/json\">`, `__NEXT_DATA__`), the path to the articles from the root `$`: `$.props.pageProps.posts`, with `.name` or `['name']` for a member, `[0]` for an element and `[*]` for all."},
	{key: "link", goName: "Link", typ: itemPartType("h2 a"), kinds: []broadsheet.Kind{broadsheet.KindPage}, example: "h2 a",
		doc: "The selector of the link within an item; left out, that of its heading, else its first. With `items: auto`, the selector of the links that lead to articles. In JSON the path within an item (`fields.url`), or an address with paths in braces (`/blog/{slug}`); left out, `url`, `link` and the like."},
	{key: "title", goName: "Title", typ: itemPartType("h2"), kinds: []broadsheet.Kind{broadsheet.KindPage}, example: "h2",
		doc: "The selector of the title within an item, or its path in JSON; left out, its heading, else the text of its link. \"Read more\" and what most items share is never a title."},
	{key: "date", goName: "Date", typ: itemPartType("time"), kinds: []broadsheet.Kind{broadsheet.KindPage}, example: "time",
		doc: "The selector of the date within an item, or its path in JSON; left out, what reads as a date."},
	{key: "include", goName: "Include", typ: filtersType(), example: "[/blog/*, kafka]",
		doc: "Only articles that match one of these: a path of the link (it begins with /, and * is any run of characters), or a phrase in title or tags."},
	{key: "exclude", goName: "Exclude", typ: filtersType(), example: "[/jobs/*, webinar]",
		doc: "No articles that match one of these."},
	{key: "topics", goName: "Topics", typ: topicListType(), example: "[databases]",
		doc: "Topics that each of its articles has."},
	{key: "company", goName: "Company", typ: textType("a text", "Netflix", 100), example: "Netflix",
		doc: "The company that each of its articles is about."},
	{key: "take", goName: "Take", typ: takeType(), example: "all",
		doc: "What may enter an edition: `all`, what is `matching` the topics, or `none`; left out, `matching` when the file has topics, else `all`."},
	{key: "bonus", goName: "Bonus", typ: bonusType(), example: "1",
		doc: "Added to the score of each of its articles."},
	{key: "every", goName: "Every", typ: everyType(), kinds: readKinds, example: "1d",
		doc: "Ask at most this often; left out, at the rhythm in which the source writes."},
	{key: "excerpt", goName: "Excerpt", typ: selectorType(`"article .body"`), example: `"article .body"`,
		doc: "The CSS selector of an article's text on its page, where it is not found by itself."},
	{key: "allow_private", goName: "AllowPrivate", typ: boolType(), example: "true",
		doc: "Its host may be at a private address, inside your own network; links into that network are shown, of this source only."},
	{key: "headers", goName: "Headers", typ: headersType(), kinds: fetchedKinds, example: "{Authorization: Bearer 0123456789}",
		doc: "Header fields that requests to its host have beside the usual ones, such as a key; they are sent to no other host, port or scheme, and never shown."},
	{key: "user_agent", goName: "UserAgent", typ: userAgentType(), kinds: fetchedKinds, example: "ExampleReader/1.0",
		doc: "What requests to its host say of who asks, in place of the program's own; what robots.txt says of that name is what holds. It is never shown."},
	{key: "secret", goName: "Secret", typ: boolType(), kinds: fetchedKinds, example: "true",
		doc: "Whoever knows the path of its address gets in: only its host is shown, and nothing of it is published but its name and the front page of its site."},
}

func takeType() valueType {
	return enumType(string(broadsheet.TakeAll), string(broadsheet.TakeMatching), string(broadsheet.TakeNone))
}

func bonusType() valueType { return numberType(-1000, 1000, "1") }

func everyType() valueType { return durationType(time.Minute, 366*day, "6h") }

// topicListType is a list of names of topics. checkTopics checks that the file defines them.
func topicListType() valueType {
	return listType[string]("a list of topics", textType("a text", "databases", 100), 1, "[databases]")
}

// gapType is a duration that may be zero. It decodes zero to -1, since zero means "use the default" in Limits.
func gapType() valueType {
	t := durationType(0, 10*time.Minute, "1s")
	decode := t.decode
	t.decode = func(d *decoder, key string, n *yaml.Node) any {
		if v := decode(d, key, n); v != time.Duration(0) {
			return v
		}
		return time.Duration(-1)
	}
	return t
}

// hostLimitsType is a map from host names to their limits, or a number: see HostLimits.
func hostLimitsType() valueType {
	const example = "{medium.com: {gap: 10s, per_hour: 8}}"
	number, limit := integerType(1, 1000, "64"), mapType[HostLimit](hostLimitFields, "{gap: 10s, per_hour: 8}")
	schema := object{"anyOf": []any{number.schema, object{"type": "object", "minProperties": 1, "additionalProperties": limit.schema}}}
	return valueType{description: "a map of host names", schema: schema, decode: func(d *decoder, key string, n *yaml.Node) any {
		if isKind(yaml.ScalarNode, n) && isNumber(n.Value) {
			if v := number.decode(d, key, n); v != nil {
				return HostLimits{AtOnce: v.(int)}
			}
			return nil
		}
		limits := HostLimits{ByName: map[string]HostLimit{}}
		decodeNamedMap(d, key, n, example, "host", func(name string, e entry) {
			host := strings.TrimSuffix(strings.ToLower(name), ".")
			if !hostnameRE.MatchString(host) || !strings.Contains(host, ".") {
				d.errorf(e.key, "write a host name alone, for example medium.com", "%s is not the name of a host", quoteForMessage(name))
				return
			}
			limits.ByName[host], _ = limit.decode(d, name, e.value).(HostLimit)
		})
		return limits
	}}
}

// linkGroupsType is a list of groups of at least two URLs.
func linkGroupsType() valueType {
	group := listType[string]("a list of links", urlType("https://example.com/article"), 2, "[https://a.example/x, https://b.example/y]")
	return listType[[]string]("a list of lists of links", group, 1, "[[https://a.example/x, https://b.example/y]]")
}
