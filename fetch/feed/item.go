package feed

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"broadsheet"
	"broadsheet/fetch/date"
	"broadsheet/fetch/extract"
	"broadsheet/fetch/text"
	"broadsheet/internal/link"
)

// rawItem is an entry as it was told, before it is put into the words of this house. All texts are markup.
type rawItem struct {
	guid     string
	link     string
	via      string
	titles   []string // best first; the first that says something counts
	authors  []string
	summary  string
	content  string
	tags     []string
	language string
	image    string

	published, updated []string // dates, best first
}

// convertItems takes the entries in, after a look at all their dates.
func (d *Document) convertItems(told []rawItem, language string) {
	var dates []string
	for _, t := range told {
		dates = append(append(dates, t.published...), t.updated...)
	}
	by := date.OrderOf(dates, language)
	for _, t := range told {
		if s := t.toFeedItem(by); s.Link != "" || s.Title != "" || s.GUID != "" || s.Summary+s.Content != "" {
			d.Items = append(d.Items, s)
		}
	}
}

// toFeedItem puts a telling into the words of this house.
func (t rawItem) toFeedItem(by date.Order) broadsheet.FeedItem {
	s := broadsheet.FeedItem{
		GUID:     identity(t.guid),
		Link:     text.SafeLink(t.link, nil),
		Via:      text.SafeLink(t.via, nil),
		Authors:  people(t.authors),
		Tags:     tagNames(t.tags),
		Language: LanguageOf(t.language),
		Image:    text.SafeLink(t.image, nil),
	}
	for _, title := range t.titles {
		if s.Title == "" {
			s.Title = text.TitleText(title)
		}
	}
	s.Published, s.Updated = firstDate(t.published, by), firstDate(t.updated, by)
	if s.Published.IsZero() {
		s.Published = s.Updated
	}
	if s.Published.IsZero() {
		s.Published, _ = date.InPath(s.Link)
	}
	s.Summary, s.Content = texts(t.summary, t.content)
	return s
}

// identity is a guid as it was told, but for what nobody sees: it is printed, and a character that turns the order of
// others or that a terminal obeys tells no two articles apart.
func identity(guid string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if text.Invisible(r) || r == '\u2028' || r == '\u2029' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text.TruncateBytes(guid, link.MaxLength), "\uFFFD")))
}

// fullText is from how many bytes on a description is taken for the article itself.
const fullText = 1500

// texts makes plain text of what an entry says of the article and of the article's own text. Told the same twice it is
// taken once; a description that is as long as an article is one.
func texts(summary, content string) (about, full string) {
	if summary == content {
		summary = ""
	}
	about, full = text.Paragraphs(summary), articleParagraphs(content)
	switch {
	case about == full:
		about = ""
	case full == "" && len(about) >= fullText && strings.Contains(about, "\n\n"):
		if article := articleParagraphs(summary); article != "" {
			return "", article
		}
	}
	return about, full
}

func firstDate(told []string, by date.Order) time.Time {
	for _, day := range told {
		if at, ok := date.Parse(day, by); ok {
			return at
		}
	}
	return time.Time{}
}

// tagNames cleans tags; those that are addresses mean something to machines only.
func tagNames(all []string) []string {
	var kept []string
	for _, tag := range all {
		if tag = text.TitleText(tag); !strings.Contains(tag, "://") {
			kept = append(kept, tag)
		}
	}
	return text.Names(kept, text.MaxTags)
}

var languageTag = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$`)

// LanguageOf is a language as BCP 47 writes it; "" when it is none.
func LanguageOf(told string) string {
	told = strings.ReplaceAll(strings.TrimSpace(told), "_", "-")
	if len(told) > 35 || !languageTag.MatchString(told) {
		return ""
	}
	return told
}

// hints reads what a feed says of when to come back.
func hints(ttl string, period, frequency, hours, days []string) broadsheet.Hints {
	var h broadsheet.Hints
	if minutes, err := strconv.Atoi(strings.TrimSpace(ttl)); err == nil && minutes > 0 && minutes < 60*24*366 {
		h.TTL = time.Duration(minutes) * time.Minute
	}
	name := strings.ToLower(first(period))
	if length := periods[name]; length > 0 {
		times, err := strconv.Atoi(first(frequency))
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

// first is the first text that says something.
func first(all ...[]string) string {
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

// or is some, or the others when there are none.
func or(some, others []string) []string {
	if len(some) > 0 {
		return some
	}
	return others
}

// maxArticle is how much markup of an article is read, in bytes: MaxText bytes of text are within, unless pictures are
// written out in it.
const maxArticle = 4 * broadsheet.MaxText

// maxNote is up to how many bytes of markup a text is too short to have chrome of its own.
const maxNote = 600

// articleParagraphs are the paragraphs of an article's full content without its chrome; all of them where nothing in it
// looks like an article.
func articleParagraphs(content string) string {
	if len(content) <= maxNote {
		return text.Paragraphs(content)
	}
	if !strings.Contains(content, "data:") {
		content = text.TruncateBytes(content, maxArticle)
	}
	if text := extract.ArticleText(content, extract.BuiltIn()); text != "" {
		return text
	}
	return text.Paragraphs(content)
}
