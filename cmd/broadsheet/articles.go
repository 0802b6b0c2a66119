package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"broadsheet"
	"broadsheet/cmd/internal/console"
	"broadsheet/cmd/internal/pipeline"
	"broadsheet/internal/edition"
	"broadsheet/internal/link"
	"broadsheet/publish"
	"broadsheet/store"

	"github.com/spf13/cobra"
)

func (a *app) articlesCommand() *cobra.Command {
	var format, source, topic, since, until string
	c := &cobra.Command{
		Use:   "articles",
		Short: "Print everything that is stored, published or not",
		Long: "Prints the articles that are stored by when they were first seen, with all that is known and thought of them: one JSON\n" +
			"object a line, which streams, or one Atom feed.",
		Example: "  broadsheet articles --since 2026-11-01 | jq -r .title\n  broadsheet articles --source \"Netflix TechBlog\" --format atom > netflix.xml",
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			var f store.Filter
			var err error
			if f.Since, err = parseTimeFlag("--since", since); err != nil {
				return err
			}
			if f.Until, err = parseTimeFlag("--until", until); err != nil {
				return err
			}
			if format != "jsonl" && format != "atom" {
				return console.UsageError(fmt.Errorf("--format %q is not known; it is jsonl or atom", format))
			}
			return a.withStore(c.Context(), func(composer *edition.Composer, s *store.Store) error {
				if f.Source, err = findSource(c.Context(), composer, s, source); err != nil {
					return err
				}
				if err := checkTopic(composer, topic); err != nil {
					return err
				}
				out := bufio.NewWriter(c.OutOrStdout())
				if format == "atom" {
					err = a.writeArticlesAtom(c.Context(), out, s, composer, f, topic)
				} else {
					err = writeArticlesJSON(c.Context(), out, s, composer, f, topic)
				}
				if err != nil {
					return err
				}
				return out.Flush()
			})
		},
	}
	c.Flags().StringVar(&format, "format", "jsonl", "the `format`: jsonl (one JSON object a line, all fields) or atom")
	c.Flags().StringVar(&source, "source", "", "only what this source told of (its `name` or address)")
	c.Flags().StringVar(&topic, "topic", "", "only articles of this `topic`, by its key in feeds.yaml")
	c.Flags().StringVar(&since, "since", "", "only articles first seen at or after this `time` (RFC 3339 or YYYY-MM-DD)")
	c.Flags().StringVar(&until, "until", "", "only articles first seen before this `time`")
	return c
}

// findSource returns the Source.ID of the source with the given name or address, even if feeds.yaml no longer lists
// it. It returns "" for the empty string.
func findSource(ctx context.Context, composer *edition.Composer, s *store.Store, name string) (string, error) {
	if name == "" {
		return "", nil
	}
	for _, source := range composer.Config.Sources {
		if source.Name == name || source.ID() == name {
			return source.ID(), nil
		}
	}
	visits, err := s.Visits(ctx)
	if err != nil {
		return "", err
	}
	if _, known := visits[name]; !known {
		return "", console.UsageError(fmt.Errorf("%q is no source's name or address; broadsheet status lists them", name))
	}
	return name, nil
}

// checkTopic returns an error if feeds.yaml has no such topic.
func checkTopic(composer *edition.Composer, name string) error {
	var names []string
	for _, t := range composer.Config.Topics {
		names = append(names, t.Name)
	}
	if name == "" || slices.Contains(names, name) {
		return nil
	}
	return console.UsageError(fmt.Errorf("--topic %q is no topic of feeds.yaml; its topics are: %s", name, cmp.Or(strings.Join(names, ", "), "none")))
}

// parseTimeFlag parses the value of a time flag. The empty string is the zero time.
func parseTimeFlag(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, console.UsageError(fmt.Errorf("%s %q is not a time; write it like 2026-11-24 or 2026-11-24T06:00:00Z", flag, text))
}

// articleLine is one line of `articles`: an article, its score, and the sources that listed it. The field names are a
// public format and stay.
type articleLine struct {
	ID         string              `json:"id"`
	Key        string              `json:"key"`
	Link       string              `json:"link"`
	Title      string              `json:"title"`
	Authors    []string            `json:"authors,omitempty"`
	Source     string              `json:"source"`
	SourceName string              `json:"source_name,omitempty"`
	Published  time.Time           `json:"published"`
	Dated      bool                `json:"dated"` // the source gave the published date; otherwise it is assumed
	Updated    time.Time           `json:"updated"`
	Seen       time.Time           `json:"seen"`
	Language   string              `json:"language,omitempty"`
	Image      string              `json:"image,omitempty"`
	Tags       []string            `json:"tags,omitempty"`
	Excerpt    string              `json:"excerpt"`
	Origin     broadsheet.Origin   `json:"origin,omitempty"`
	Words      int                 `json:"words,omitempty"`
	Text       string              `json:"text,omitempty"`
	Story      string              `json:"story"`
	Topics     []string            `json:"topics,omitempty"`
	Company    string              `json:"company,omitempty"`
	Score      float64             `json:"score"`
	Wanted     bool                `json:"wanted"`
	Why        []broadsheet.Reason `json:"why,omitempty"`
	Edition    broadsheet.Day      `json:"edition,omitempty"` // day of the edition that showed it
	Sightings  []itemLine          `json:"sightings"`
}

// itemLine is one source's feed item in a line of `articles`.
type itemLine struct {
	Source    string     `json:"source"`
	GUID      string     `json:"guid,omitempty"`
	Link      string     `json:"link,omitempty"`
	Final     string     `json:"final,omitempty"` // where the article's link led when its page was read
	Title     string     `json:"title,omitempty"`
	Authors   []string   `json:"authors,omitempty"`
	Published *time.Time `json:"published,omitempty"`
	Updated   *time.Time `json:"updated,omitempty"`
	Tags      []string   `json:"tags,omitempty"`
	Language  string     `json:"language,omitempty"`
	Image     string     `json:"image,omitempty"`
	Via       string     `json:"via,omitempty"`
	Summary   string     `json:"summary,omitempty"`
	Note      string     `json:"note,omitempty"`
	First     time.Time  `json:"first"`
	Last      time.Time  `json:"last"`
}

// newArticleLine joins what is stored of an article with its score by the current rules.
func newArticleLine(composer *edition.Composer, a broadsheet.Article, items []broadsheet.FeedItem, shown broadsheet.Day) articleLine {
	v := composer.Judge(a)
	s, _ := composer.Source(a.Source)
	l := articleLine{
		ID: a.ID(), Key: a.Key, Link: a.Link, Title: a.Title, Authors: a.Authors, Source: link.RedactText(a.Source), SourceName: s.Name,
		Published: a.Published.UTC(), Dated: a.Dated, Updated: a.Updated.UTC(), Seen: a.Seen.UTC(), Language: a.Language,
		Image: a.Image, Tags: a.Tags, Excerpt: a.Excerpt, Origin: a.Origin, Words: a.Words, Text: a.Text, Story: a.Story,
		Topics: v.Topics, Company: v.Company, Score: v.Score, Wanted: v.Wanted, Why: v.Why, Edition: shown,
	}
	for _, t := range items {
		l.Sightings = append(l.Sightings, itemLine{Source: link.RedactText(t.Source), GUID: t.GUID, Link: t.Link, Final: t.FinalURL,
			Title: t.Title, Authors: t.Authors, Published: pipeline.OptionalTime(t.Published), Updated: pipeline.OptionalTime(t.Updated), Tags: t.Tags,
			Language: t.Language, Image: t.Image, Via: t.Via, Summary: t.Summary, Note: t.Note, First: t.FirstSeen.UTC(), Last: t.LastSeen.UTC()})
	}
	return l
}

// writeArticlesJSON writes one JSON object per line.
func writeArticlesJSON(ctx context.Context, w io.Writer, s *store.Store, composer *edition.Composer, f store.Filter, topic string) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	return s.EachArticle(ctx, f, func(a broadsheet.Article, items []broadsheet.FeedItem, shown broadsheet.Day) error {
		l := newArticleLine(composer, a, items, shown)
		if topic != "" && !slices.Contains(l.Topics, topic) {
			return nil
		}
		return out.Encode(l)
	})
}

// writeArticlesAtom writes one Atom feed. It is built in memory, because its parts depend on each other.
func (a *app) writeArticlesAtom(ctx context.Context, w io.Writer, s *store.Store, composer *edition.Composer, f store.Filter, topic string) error {
	var picks []broadsheet.Pick
	err := s.EachArticle(ctx, f, func(a broadsheet.Article, _ []broadsheet.FeedItem, _ broadsheet.Day) error {
		v := composer.Judge(a)
		if topic != "" && !slices.Contains(v.Topics, topic) {
			return nil
		}
		source, _ := composer.Source(a.Source)
		picks = append(picks, broadsheet.Pick{Article: a, SourceName: source.Name, Topics: v.Topics, Company: v.Company, Score: v.Score})
		return nil
	})
	if err != nil {
		return err
	}
	return publish.WriteArticles(w, composer.Config, picks)
}
