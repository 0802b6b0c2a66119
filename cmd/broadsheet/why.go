package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"broadsheet"
	"broadsheet/cmd/internal/pipeline"
	"broadsheet/internal/edition"
	"broadsheet/internal/link"
	"broadsheet/store"

	"github.com/spf13/cobra"
)

func (a *app) whyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "why URL",
		Short: "Tell the whole story of one link: who told of it, what was thought of it, where it was shown",
		Long: "Tells who told of a link and when, what its page said, which rules let it in or kept it out, which story it joined and\n" +
			"on what evidence, and which edition showed it. Any address that leads to the article will do, or its key.",
		Example: "  broadsheet why https://netflixtechblog.com/an-article-1a2b3c",
		Args:    exactlyOneArg("address"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withStore(c.Context(), func(composer *edition.Composer, s *store.Store) error {
				d, err := s.ArticleDetail(c.Context(), args[0])
				if errors.Is(err, store.ErrUnknown) {
					return fmt.Errorf("no source has told of %s: its key %q is not in %s", args[0], link.Key(args[0]), a.db)
				}
				if err != nil {
					return err
				}
				explain(c.OutOrStdout(), composer, d)
				visits, err := s.Visits(c.Context())
				if source, listed := composer.Source(d.Source); err == nil && listed {
					explainNextVisit(c.OutOrStdout(), source, visits[d.Source])
				}
				return err
			})
		},
	}
}

// explain writes all that is known of an article, in the order in which it happened.
func explain(w io.Writer, composer *edition.Composer, d store.ArticleDetail) {
	line := func(name, format string, args ...any) {
		fmt.Fprintf(w, "%-11s "+format+"\n", append([]any{name}, args...)...)
	}
	line("title", "%s", d.Title)
	line("link", "%s", d.Link)
	line("key", "%s", d.Key)
	line("id", "%s", d.ID())
	dated := "as told"
	if !d.Dated {
		dated = "assumed: no believable date was told, so it is when it was first seen"
	}
	line("published", "%s (%s)", pipeline.FormatMinute(d.Published), dated)
	news := ""
	if d.Inherited {
		news = "; it was there before the first visit to its source, or came with it, so it is old news unless its date says otherwise"
	}
	line("first seen", "%s%s", pipeline.FormatMinute(d.Seen), news)
	for _, t := range d.Items {
		line("told by", "%s on %s: %q %s%s", sourceName(composer, t.Source), pipeline.FormatMinute(t.FirstSeen), t.Title, t.Link, lastSeenText(t))
	}
	line("page", "%s%s", d.Page, pageErrorText(d))
	if d.Canonical != "" {
		line("canonical", "%s", d.Canonical)
	}
	if d.Origin == broadsheet.OriginNone {
		line("excerpt", "none: nothing that was told or read passed the gate")
	} else {
		line("excerpt", "from the %s, %d words: %s", d.Origin, len(strings.Fields(d.Excerpt)), d.Excerpt)
	}
	printStory(line, d)
	printVerdict(line, composer, d)
	isWithdrawn := false
	for _, w := range d.Withdrawn {
		switch w.Kind {
		case store.OfDay:
			line("withdrawn", "on %s, with the edition of %s that showed it: it may be shown again", pipeline.FormatMinute(w.At), w.What)
		case store.OfSource:
			isWithdrawn = true
			line("withdrawn", "on %s, with all that %s told of; broadsheet withdraw --undo --source %q brings it back", pipeline.FormatMinute(w.At), sourceName(composer, w.What), w.What)
		default:
			isWithdrawn = true
			line("withdrawn", "on %s, with its story; broadsheet withdraw --undo %q brings it back", pipeline.FormatMinute(w.At), d.Link)
		}
	}
	switch {
	case d.Shown == "":
		line("shown", "in no edition%s", map[bool]string{true: ", as it is withdrawn", false: " yet"}[isWithdrawn])
		return
	case isWithdrawn:
		line("shown", "no more: it was in the edition of %s until it was withdrawn", d.Shown)
		return
	}
	path := strings.ReplaceAll(string(d.Shown), "-", "/")
	line("shown", "in the edition of %s: %s/index.html, the feeds while it is recent, archive/%s.xml once the month is over", d.Shown, path, d.Shown[:7])
}

// explainNextVisit writes when the source of an article is asked again, and why then.
func explainNextVisit(w io.Writer, s broadsheet.Source, v broadsheet.Visit) {
	if v.At.IsZero() || v.Gone || s.Kind == broadsheet.KindList {
		return
	}
	fmt.Fprintf(w, "%-11s %s is asked again on %s; %s\n", "next visit", s.Name, pipeline.FormatMinute(v.Next), link.Redact(s, v.Reason))
}

func lastSeenText(t broadsheet.FeedItem) string {
	if t.LastSeen.Equal(t.FirstSeen) {
		return ""
	}
	return ", last on " + pipeline.FormatMinute(t.LastSeen)
}

func pageErrorText(d store.ArticleDetail) string {
	if d.PageError == "" {
		return ""
	}
	if d.PageNext.IsZero() {
		return ": " + d.PageError
	}
	return ": " + d.PageError + "; tried again after " + pipeline.FormatMinute(d.PageNext)
}

// whyNoText returns why an article has no text to show.
func whyNoText(d store.ArticleDetail) string {
	switch {
	case d.NoSnippet:
		return "its page asks not to be quoted"
	case d.PageError != "":
		return "its source tells none, and its page could not be read"
	case d.Page == "not read":
		return "its source tells none, and its page is not read yet"
	}
	return "neither its source nor its page tells one"
}

// sourceName returns the name of a source, or its address if feeds.yaml no longer lists it.
func sourceName(composer *edition.Composer, id string) string {
	if s, ok := composer.Source(id); ok {
		return s.Name
	}
	return link.RedactText(id) + " (not in feeds.yaml)"
}

func printStory(line func(string, string, ...any), d store.ArticleDetail) {
	if len(d.Story) == 0 {
		line("story", "of its own")
	}
	for _, other := range d.Story {
		role := "also at"
		if other.Key == d.Article.Story {
			role = "spoken for by"
		}
		line("story", "%s %s %q", role, other.Link, other.Title)
	}
	if d.Evidence != "" {
		line("evidence", "%s", d.Evidence)
	}
}

func printVerdict(line func(string, string, ...any), composer *edition.Composer, d store.ArticleDetail) {
	v := composer.Judge(d.Article)
	word := "kept out"
	if v.Wanted {
		word = "may be shown"
	}
	line("verdict", "%s, score %g", word, v.Score)
	for _, r := range v.Why {
		line("", "%+g %s", r.Weight, strings.Join(strings.Fields(r.Rule+" "+r.Field+" "+r.Words), " "))
	}
	if v.Wanted && d.Excerpt == "" {
		line("rank", "last, after all that have a text to show: %s", whyNoText(d))
	}
	if len(v.Topics) > 0 || v.Company != "" {
		line("topics", "%s", strings.Join(append(v.Topics, v.Company), " "))
	}
}
