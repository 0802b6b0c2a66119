package feed

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"broadsheet/internal/excerpt"

	"broadsheet"
	"broadsheet/fetch/date"
	"broadsheet/fetch/extract"
	"broadsheet/fetch/text"
	"broadsheet/internal/link"
	"broadsheet/internal/plain"
)

// rawItem is an entry whose fields are as the feed has them: texts and titles are HTML, addresses are unchecked, and dates
// are still strings, because the order of day and month is only known once all entries are read. clean makes a FeedItem
// that holds what it promises.
type rawItem struct {
	broadsheet.FeedItem
	titles             []string // best first; the first one that is not empty once cleaned is the title
	published, updated []string // dates, best first
}

// addItems cleans the items and adds those that are not empty. The order of day and month is detected from all their dates.
func (d *Document) addItems(items []rawItem, language string) {
	var dates []string
	for _, item := range items {
		dates = append(append(dates, item.published...), item.updated...)
	}
	order := date.DetectOrder(dates, language)
	for _, item := range items {
		if s := item.clean(order); s.Link != "" || s.Title != "" || s.GUID != "" || s.Summary+s.Content != "" {
			d.Items = append(d.Items, s)
		}
	}
}

// clean returns the item with plain text, checked addresses and parsed dates. Everything that a feed says passes it.
func (r rawItem) clean(order date.Order) broadsheet.FeedItem {
	item := r.FeedItem
	item.GUID = cleanGUID(item.GUID)
	item.Link, item.Via, item.Image = text.SafeLink(item.Link, nil), text.SafeLink(item.Via, nil), text.SafeLink(item.Image, nil)
	item.Authors, item.Tags = authorNames(item.Authors), cleanTags(item.Tags)
	item.Language = NormalizeLanguage(item.Language)
	for i := 0; i < len(r.titles) && item.Title == ""; i++ {
		item.Title = text.TitleText(r.titles[i])
	}
	item.Summary, item.Content = summaryAndContent(item.Summary, item.Content)
	item.Published, item.Updated = firstDate(r.published, order), firstDate(r.updated, order)
	if item.Published.IsZero() {
		item.Published = item.Updated
	}
	if item.Published.IsZero() {
		item.Published, _ = date.FromPath(item.Link)
	}
	return item
}

// setVia sets the address of a link post itself: a page of the feed's own site whose link leads to another site.
func (r *rawItem) setVia(post, home string) {
	if post != r.Link && sameHost(post, home) && !sameHost(r.Link, home) {
		r.Via = post
	}
}

// cleanGUID returns a guid without invisible characters and otherwise unchanged. The guid is printed, and a character
// that reverses the text around it, or that a terminal executes, is never what tells two articles apart.
func cleanGUID(guid string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if plain.IsInvisible(r) || r == '\u2028' || r == '\u2029' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(plain.TruncateBytes(guid, link.MaxLength), "\uFFFD")))
}

// minFullText is the length in bytes from which a description is taken for the article itself.
const minFullText = 1500

// summaryAndContent converts the HTML of an entry's summary and content to plain text. If both are the same, the summary
// is "". A summary as long as an article, with no content beside it, becomes the content.
func summaryAndContent(summary, content string) (about, full string) {
	if summary == content {
		summary = ""
	}
	about, full = text.Paragraphs(summary), articleParagraphs(content)
	switch {
	case about == full:
		about = ""
	case full == "" && len(about) >= minFullText && strings.Contains(about, "\n\n"):
		if article := articleParagraphs(summary); article != "" {
			return "", article
		}
	}
	return about, full
}

func firstDate(dates []string, order date.Order) time.Time {
	for _, s := range dates {
		if at, ok := date.Parse(s, order); ok {
			return at
		}
	}
	return time.Time{}
}

// cleanTags cleans tags. Tags that are addresses are dropped: they mean something to machines only.
func cleanTags(all []string) []string {
	var kept []string
	for _, tag := range all {
		if tag = text.TitleText(tag); !strings.Contains(tag, "://") {
			kept = append(kept, tag)
		}
	}
	return text.CleanNames(kept, text.MaxTags)
}

var languageTag = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$`)

// NormalizeLanguage returns a language as a BCP 47 tag; "" if it is not one.
func NormalizeLanguage(language string) string {
	language = strings.ReplaceAll(strings.TrimSpace(language), "_", "-")
	if len(language) > 35 || !languageTag.MatchString(language) {
		return ""
	}
	return language
}

// hints parses what a feed says about when to fetch it again.
func hints(ttl string, period, frequency, hours, days []string) broadsheet.Hints {
	var h broadsheet.Hints
	if minutes, err := strconv.Atoi(strings.TrimSpace(ttl)); err == nil && minutes > 0 && minutes < 60*24*366 {
		h.TTL = time.Duration(minutes) * time.Minute
	}
	name := strings.ToLower(firstText(period))
	if length := periods[name]; length > 0 {
		times, err := strconv.Atoi(firstText(frequency))
		if err != nil || times < 1 {
			times = 1
		}
		h.Period, h.PeriodName = length/time.Duration(times), name
	}
	for _, hour := range hours {
		if n, err := strconv.Atoi(strings.TrimSpace(hour)); err == nil && n >= 0 && n <= 24 && len(h.SkipHours) < 24 {
			h.SkipHours = append(h.SkipHours, n%24)
		}
	}
	for _, day := range days {
		for d := time.Sunday; d <= time.Saturday; d++ {
			if strings.EqualFold(strings.TrimSpace(day), d.String()) && len(h.SkipDays) < 7 {
				h.SkipDays = append(h.SkipDays, d)
			}
		}
	}
	return h
}

var periods = map[string]time.Duration{
	"hourly": time.Hour, "daily": 24 * time.Hour, "weekly": 7 * 24 * time.Hour, "monthly": 30 * 24 * time.Hour, "yearly": 365 * 24 * time.Hour,
}

// firstText returns the first text that is not empty; "" if there is none.
func firstText(all ...[]string) string {
	for _, some := range all {
		for _, text := range some {
			if text != "" {
				return text
			}
		}
	}
	return ""
}

func sameHost(a, b string) bool {
	x, errX := url.Parse(a)
	y, errY := url.Parse(b)
	return errX == nil && errY == nil && x.Host != "" && strings.TrimPrefix(x.Host, "www.") == strings.TrimPrefix(y.Host, "www.")
}

// firstNonEmpty returns the first list that is not empty.
func firstNonEmpty(lists ...[]string) []string {
	for _, list := range lists {
		if len(list) > 0 {
			return list
		}
	}
	return nil
}

// maxArticle is how much of an article's HTML is read, in bytes. It is enough for MaxText bytes of text, unless images
// are embedded as data: addresses.
const maxArticle = 4 * broadsheet.MaxText

// maxBareText is the length in bytes of HTML up to which a text is too short to contain boilerplate.
const maxBareText = 600

// articleParagraphs returns the paragraphs of an article's full content without boilerplate; all paragraphs if nothing
// in it looks like an article.
func articleParagraphs(content string) string {
	if len(content) <= maxBareText {
		return text.Paragraphs(content)
	}
	if !strings.Contains(content, "data:") {
		content = plain.TruncateBytes(content, maxArticle)
	}
	if text := extract.ArticleText(content, excerpt.DefaultPatterns); text != "" {
		return text
	}
	return text.Paragraphs(content)
}
