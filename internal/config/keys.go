package config

import (
	"fmt"
	"strconv"
	"time"

	"broadsheet"

	"go.yaml.in/yaml/v3"
)

// The tables of all keys of feeds.yaml, in the order in which the reference page shows them. A key that is added to a
// table, beside a field of the Go type, is read, checked, in the schema and in the reference page.

const day = 24 * time.Hour

// asked are the kinds of source that have an address to ask.
var asked = []broadsheet.Kind{broadsheet.KindFeed, broadsheet.KindPage, broadsheet.KindSitemap}

var topSettings = []field{
	{key: "title", field: "Title", form: textForm("a text", "Systems Daily", 200), unset: "Broadsheet", eg: "Systems Daily",
		doc: "The name of the publication."},
	{key: "subtitle", field: "Subtitle", form: textForm("a text", "How real systems are built", 500), eg: "How real systems are built",
		doc: "One line under the title."},
	{key: "url", field: "URL", form: siteForm("https://example.com/daily/"), eg: "https://example.com/daily/",
		doc: "Where the output will stand; feeds and mail need it for whole addresses."},
	{key: "language", field: "Language", form: languageForm(), unset: "en", eg: "de",
		doc: "The language of the publication's own words, as a BCP 47 tag."},
	{key: "contact", field: "Contact", form: textForm("an e-mail or web address", "editor@example.com", 300), eg: "editor@example.com",
		doc: "An e-mail or web address that is sent to the sites that are asked, so that they can complain to a person."},
	{key: "hub", field: "Hub", form: addressForm("https://hub.example.com/"), eg: "https://hub.example.com/",
		doc: "A WebSub hub that is told of each new edition."},
	{key: "theme", field: "Theme", form: textForm("the path of a folder", "theme", 1000), eg: "theme",
		doc: "A folder of templates that replace the built-in ones."},
	{key: "edition", field: "Edition", form: mapForm[broadsheet.EditionRules](editionSettings, "{size: 12}"),
		doc: "When an edition is cut and how much it holds."},
	{key: "selection", field: "Selection", form: mapForm[Selection](selectionSettings, "{threshold: 3}"),
		doc: "How the words of topics make a score."},
	{key: "topics", field: "Topics", form: topicsForm(), eg: "\n  databases: [database*, postgres*]\n  streaming: {label: Streaming and events, weight: 2, words: [kafka]}",
		doc: "What the publication is about: names, and the words that mean them, in the order in which they are shown."},
	{key: "unwanted", field: "Unwanted", form: topicsForm(), eg: "\n  hiring: {weight: 3, words: [we are hiring]}",
		doc: "Groups of words that count against an article."},
	{key: "companies", field: "Companies", form: companiesForm(), eg: "\n  Netflix: [netflixtechblog.com, medium.com/netflix-techblog]",
		doc: "Companies, and the hosts and paths that are their own."},
	{key: "boilerplate", field: "Boilerplate", form: listForm[Pattern]("a list of regular expressions", boilerplateForm(), 1, "['^subscribe to our newsletter']"), eg: "\n  - '^subscribe to our newsletter'\n  - {id: teaser, where: lead, re: '^welcome back'}",
		doc: "Regular expressions of sentences that are never an article's own, beside the built-in ones."},
	{key: "stories", field: "Stories", form: mapForm[StoryRules](storySettings, "{join: [[https://a.example/x, https://b.example/y]]}"),
		doc: "The last word on which links are the same work."},
	{key: "limits", field: "Limits", form: mapForm[Limits](limitSettings, "{timeout: 30s}"),
		doc: "What the web may cost."},
	{key: "mail", field: "Mail", form: mailForm(), eg: "\n  from: Systems Daily <daily@example.com>\n  to: [reader@example.com]\n  host: mail.example.com\n  user: daily@example.com\n  password_env: MAIL_PASSWORD",
		doc: "By which server `broadsheet mail` sends editions, from whom and to whom."},
	{key: "sources", form: sourcesForm(groupSettings), eg: "\n  - https://example.com/feed",
		doc: "What is read: addresses of feeds, maps of keys, and headings with sources of their own."},
}

var editionSettings = []field{
	{key: "time", field: "Time", form: clockForm(), unset: `"06:00"`, eg: `"07:30"`,
		doc: "The time of day at which an edition is cut: the first run at or after it does. The first edition of all is cut at once, whatever the hour."},
	{key: "timezone", field: "Location", form: zoneForm(), unset: "UTC", eg: "Europe/Berlin",
		doc: "The time zone of time and of the edition's date, by its IANA name."},
	{key: "size", field: "Size", form: wholeForm(1, 200, "12"), unset: "12", eg: "20",
		doc: "How many articles an edition holds at most."},
	{key: "per_source", field: "PerSource", form: wholeForm(1, 200, "1"), unset: "1", eg: "2",
		doc: "How many of them may come from one source."},
	{key: "fresh_days", field: "FreshDays", form: wholeForm(1, 3650, "14"), unset: "14", eg: "7",
		doc: "After how many days an article is no longer new, whenever it was first seen."},
	{key: "backlog", field: "Backlog", form: wholeForm(0, 200, "3"), unset: "0", eg: "3",
		doc: "How many articles of the backlog may fill a thin day; 0 rations them so that the backlog lasts a year."},
}

var selectionSettings = []field{
	{key: "threshold", field: "Threshold", form: numberForm(-1000, 1000, "3"), unset: "3", eg: "4",
		doc: "The score that an article of a `take: matching` source needs."},
	{key: "title", field: "Title", form: numberForm(0, 1000, "3"), unset: "3", eg: "3",
		doc: "What a match in the title counts."},
	{key: "tags", field: "Tags", form: numberForm(0, 1000, "2"), unset: "2", eg: "2",
		doc: "What a match in the tags counts."},
	{key: "lead", field: "Lead", form: numberForm(0, 1000, "1"), unset: "1", eg: "1",
		doc: "What a match in the first sentences counts."},
	{key: "body", field: "Body", form: numberForm(0, 1000, "0.5"), unset: "0.5", eg: "0.5",
		doc: "What a match further down counts."},
}

var topicSettings = []field{
	{key: "label", field: "Label", form: textForm("a text", "Streaming and events", 100), eg: "Streaming and events",
		doc: "The topic's name as readers see it; left out, its key."},
	{key: "weight", field: "Weight", form: numberForm(0, 100, "2"), unset: "1", eg: "2",
		doc: "What a match counts, times what the field counts."},
	{key: "words", field: "Words", form: wordsForm(), eg: "[kafka, event stream*]",
		doc: "Words and phrases, matched whole whatever their case; a trailing * takes any ending."},
}

var patternSettings = []field{
	{key: "id", field: "ID", form: textForm("a name", "teaser", 100), eg: "teaser",
		doc: "A name for the expression, by which a mistake in it is told."},
	{key: "where", field: "Where", form: choiceForm("any", "lead"), unset: "any", eg: "lead",
		doc: "`lead`: only before the first real sentence; `any`: in any of the first paragraphs."},
	{key: "re", field: "RE", form: patternForm(), eg: "'^subscribe to our newsletter'",
		doc: "A regular expression (RE2), matched whatever the case."},
}

var storySettings = []field{
	{key: "join", field: "Join", form: linksForm(), eg: "[[https://a.example/x, https://b.example/y]]",
		doc: "Groups of links that are one story."},
	{key: "split", field: "Split", form: linksForm(), eg: "[[https://a.example/x, https://b.example/y]]",
		doc: "Groups of links that are not one story, whatever the evidence."},
}

var usualLimits = Limits{}.OrDefaults()

var limitSettings = []field{
	{key: "timeout", field: "Timeout", form: spanForm(time.Second, 10*time.Minute, "30s"), unset: spanText(usualLimits.Timeout), eg: "30s",
		doc: "How long one request may take as a whole."},
	{key: "run", field: "Run", form: spanForm(time.Second, day, "20m"), unset: spanText(usualLimits.Run), eg: "1h",
		doc: "How long all fetching of a run may take."},
	{key: "body", field: "Body", form: bytesForm(1<<10, 256<<20, "16MB"), unset: fmt.Sprintf("%dMB", usualLimits.Body>>20), eg: "32MB",
		doc: "How large an answer may be, unpacked."},
	{key: "gap", field: "Gap", form: gapForm(), unset: spanText(usualLimits.Gap), eg: "2s",
		doc: "The pause between two requests to one host."},
	{key: "hosts", field: "Hosts", form: wholeForm(1, 1000, "64"), unset: strconv.Itoa(usualLimits.Hosts), eg: "16",
		doc: "How many hosts are asked at once."},
	{key: "redirects", field: "Redirects", form: wholeForm(1, 30, "10"), unset: strconv.Itoa(usualLimits.Redirects), eg: "5",
		doc: "How many redirects are followed for one request."},
	{key: "pages", field: "Pages", form: wholeForm(1, 100000, "200"), unset: strconv.Itoa(usualLimits.Pages), eg: "400",
		doc: "How many article pages are read in one run."},
}

var listedSettings = []field{
	{key: "url", field: "URL", form: addressForm("https://example.com/article"), eg: "https://example.com/article",
		doc: "The article's address."},
	{key: "title", field: "Title", form: textForm("a text", "How it works", 500), eg: "How it works",
		doc: "Its title; left out, the page's own."},
	{key: "note", field: "Note", form: textForm("a text", "Worth reading for its second half.", 2000), eg: "Worth reading for its second half.",
		doc: "Your own words about it, shown in place of an excerpt."},
}

// groupSettings are the keys that a heading may give to all sources under it.
var groupSettings = []field{
	{key: "group", field: "Group", form: textForm("a text", "Databases", 100), eg: "Databases",
		doc: "A heading: the sources under it stand together on the sources page and in OPML."},
	{key: "topics", field: "Topics", form: namesForm(), eg: "[databases]",
		doc: "Topics that all articles of all its sources have, beside those that a source has itself."},
	{key: "take", field: "Take", form: takeForm(), eg: "matching",
		doc: "What sources take that do not say so themselves."},
	{key: "bonus", field: "Bonus", form: bonusForm(), eg: "1",
		doc: "The bonus of sources that have none themselves."},
	{key: "every", field: "Every", form: everyForm(), eg: "1d",
		doc: "How often sources are asked that do not say so themselves."},
	{key: "sources", form: sourcesForm(nil), eg: "\n  - https://example.com/feed",
		doc: "The sources under the heading."},
}

var sourceSettings = []field{
	{key: "feed", field: "URL", form: addressForm("https://example.com/feed"), of: []broadsheet.Kind{broadsheet.KindFeed}, must: []broadsheet.Kind{broadsheet.KindFeed}, eg: "https://example.com/feed",
		doc: "The address of an RSS, Atom, RDF or JSON feed."},
	{key: "page", field: "URL", form: addressForm("https://example.com/blog"), of: []broadsheet.Kind{broadsheet.KindPage}, must: []broadsheet.Kind{broadsheet.KindPage}, eg: "https://example.com/blog",
		doc: "The address of a page that lists articles, for sites without a feed."},
	{key: "sitemap", field: "URL", form: addressForm("https://example.com/sitemap.xml"), of: []broadsheet.Kind{broadsheet.KindSitemap}, must: []broadsheet.Kind{broadsheet.KindSitemap}, eg: "https://example.com/sitemap.xml",
		doc: "The address of a sitemap or sitemap index, for the backlog of old blogs."},
	{key: "list", field: "List", form: listForm[broadsheet.Listed]("a list of articles", listedForm(), 1, "[https://example.com/article]"), of: []broadsheet.Kind{broadsheet.KindList}, must: []broadsheet.Kind{broadsheet.KindList}, eg: "\n  - https://example.com/article\n  - {url: https://example.com/other, title: Another, note: Worth it.}",
		doc: "Articles picked by hand: addresses, or maps of url, title and note."},
	{key: "name", field: "Name", form: textForm("a text", "Example Engineering", 100), must: []broadsheet.Kind{broadsheet.KindList}, eg: "Example Engineering",
		doc: "The source's name as readers see it; left out, what the source calls itself."},
	{key: "items", field: "Items", form: selectorForm("article.post"), of: []broadsheet.Kind{broadsheet.KindPage}, must: []broadsheet.Kind{broadsheet.KindPage}, eg: "article.post",
		doc: "The CSS selector of an article in the page's list."},
	{key: "link", field: "Link", form: selectorForm("h2 a"), of: []broadsheet.Kind{broadsheet.KindPage}, eg: "h2 a",
		doc: "The selector of the link within an item; left out, the item's first link."},
	{key: "title", field: "Title", form: selectorForm("h2"), of: []broadsheet.Kind{broadsheet.KindPage}, eg: "h2",
		doc: "The selector of the title within an item; left out, the link's text."},
	{key: "date", field: "Date", form: selectorForm("time"), of: []broadsheet.Kind{broadsheet.KindPage}, eg: "time",
		doc: "The selector of the date within an item."},
	{key: "include", field: "Include", form: filtersForm(), eg: "[/blog/*, kafka]",
		doc: "Only articles that match one of these: a path of the link (it begins with /, and * is any run of characters), or a phrase in title or tags."},
	{key: "exclude", field: "Exclude", form: filtersForm(), eg: "[/jobs/*, webinar]",
		doc: "No articles that match one of these."},
	{key: "topics", field: "Topics", form: namesForm(), eg: "[databases]",
		doc: "Topics that each of its articles has."},
	{key: "company", field: "Company", form: textForm("a text", "Netflix", 100), eg: "Netflix",
		doc: "The company that each of its articles is about."},
	{key: "take", field: "Take", form: takeForm(), eg: "all",
		doc: "What may enter an edition: `all`, what is `matching` the topics, or `none`; left out, `matching` when the file has topics, else `all`."},
	{key: "bonus", field: "Bonus", form: bonusForm(), eg: "1",
		doc: "Added to the score of each of its articles."},
	{key: "every", field: "Every", form: everyForm(), of: asked, eg: "1d",
		doc: "Ask at most this often; left out, as the source itself says."},
	{key: "excerpt", field: "Excerpt", form: selectorForm(`"article .body"`), eg: `"article .body"`,
		doc: "The CSS selector of an article's text on its page, where it is not found by itself."},
	{key: "allow_private", field: "AllowPrivate", form: yesForm(), eg: "true",
		doc: "Its host may be at a private address, inside your own network; links into that network are shown, of this source only."},
	{key: "secret", field: "Secret", form: yesForm(), of: asked, eg: "true",
		doc: "Whoever knows the path of its address gets in: only its host is shown, and nothing of it is published but its name and the front page of its site."},
}

func takeForm() valueType {
	return choiceForm(string(broadsheet.TakeAll), string(broadsheet.TakeMatching), string(broadsheet.TakeNone))
}

func bonusForm() valueType { return numberForm(-1000, 1000, "1") }

func everyForm() valueType { return spanForm(time.Minute, 366*day, "6h") }

// namesForm is a list of names of topics; check.go sees to it that they are topics of the file.
func namesForm() valueType {
	return listForm[string]("a list of topics", textForm("a text", "databases", 100), 1, "[databases]")
}

// gapForm is a span of which none is also one: to Limits, zero is what was not said.
func gapForm() valueType {
	f := spanForm(0, 10*time.Minute, "1s")
	read := f.read
	f.read = func(d *decoder, key string, n *yaml.Node) any {
		if v := read(d, key, n); v != time.Duration(0) {
			return v
		}
		return time.Duration(-1)
	}
	return f
}

func linksForm() valueType {
	pair := listForm[string]("a list of links", addressForm("https://example.com/article"), 2, "[https://a.example/x, https://b.example/y]")
	return listForm[[]string]("a list of lists of links", pair, 1, "[[https://a.example/x, https://b.example/y]]")
}
