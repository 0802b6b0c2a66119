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
		Args:    one("address"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withStore(c.Context(), func(desk *edition.Composer, s *store.Store) error {
				d, err := s.Article(c.Context(), args[0])
				if errors.Is(err, store.ErrUnknown) {
					return fmt.Errorf("no source has told of %s: its key %q is not in %s", args[0], link.Key(args[0]), a.db)
				}
				if err != nil {
					return err
				}
				explain(c.OutOrStdout(), desk, d)
				return nil
			})
		},
	}
}

// explain writes all that is known of an article, in the order in which it came about.
func explain(w io.Writer, desk *edition.Composer, d store.Dossier) {
	say := func(name, format string, args ...any) {
		fmt.Fprintf(w, "%-11s "+format+"\n", append([]any{name}, args...)...)
	}
	say("title", "%s", d.Title)
	say("link", "%s", d.Link)
	say("key", "%s", d.Key)
	say("id", "%s", d.ID())
	dated := "as told"
	if !d.Dated {
		dated = "assumed: no believable date was told, so it is when it was first seen"
	}
	say("published", "%s (%s)", pipeline.Minute(d.Published), dated)
	news := ""
	if d.Inherited {
		news = "; on the first visit to its source, so it is old news unless its date says otherwise"
	}
	say("first seen", "%s%s", pipeline.Minute(d.Seen), news)
	for _, t := range d.Told {
		say("told by", "%s on %s: %q %s%s", sourceName(desk, t.Source), pipeline.Minute(t.First), t.Title, t.Link, last(t))
	}
	say("page", "%s%s", d.Page, pageTrouble(d))
	if d.Canonical != "" {
		say("canonical", "%s", d.Canonical)
	}
	if d.Origin == broadsheet.OriginNone {
		say("excerpt", "none: nothing that was told or read passed the gate")
	} else {
		say("excerpt", "from the %s, %d words: %s", d.Origin, len(strings.Fields(d.Excerpt)), d.Excerpt)
	}
	tellStory(say, d)
	tellVerdict(say, desk, d)
	barred := false
	for _, w := range d.Withdrawn {
		switch w.Kind {
		case store.OfDay:
			say("withdrawn", "on %s, with the edition of %s that showed it: it may be shown again", pipeline.Minute(w.At), w.What)
		case store.OfSource:
			barred = true
			say("withdrawn", "on %s, with all that %s told of; broadsheet withdraw --undo --source %q brings it back", pipeline.Minute(w.At), sourceName(desk, w.What), w.What)
		default:
			barred = true
			say("withdrawn", "on %s, with its story; broadsheet withdraw --undo %q brings it back", pipeline.Minute(w.At), d.Link)
		}
	}
	switch {
	case d.Shown == "":
		say("shown", "in no edition%s", map[bool]string{true: ", as it is withdrawn", false: " yet"}[barred])
		return
	case barred:
		say("shown", "no more: it was in the edition of %s until it was withdrawn", d.Shown)
		return
	}
	path := strings.ReplaceAll(string(d.Shown), "-", "/")
	say("shown", "in the edition of %s: %s/index.html, the feeds while it is recent, archive/%s.xml once the month is over", d.Shown, path, d.Shown[:7])
}

func last(t broadsheet.FeedItem) string {
	if t.Last.Equal(t.First) {
		return ""
	}
	return ", last on " + pipeline.Minute(t.Last)
}

func pageTrouble(d store.Dossier) string {
	if d.PageError == "" {
		return ""
	}
	if d.PageNext.IsZero() {
		return ": " + d.PageError
	}
	return ": " + d.PageError + "; tried again after " + pipeline.Minute(d.PageNext)
}

// withoutText says why an article has no text to show.
func withoutText(d store.Dossier) string {
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

// sourceName is a source as a maintainer knows it; one that is not in feeds.yaml any more goes by its address.
func sourceName(desk *edition.Composer, id string) string {
	if s, ok := desk.Source(id); ok {
		return s.Name
	}
	return link.RedactText(id) + " (not in feeds.yaml)"
}

func tellStory(say func(string, string, ...any), d store.Dossier) {
	if len(d.Story) == 0 {
		say("story", "of its own")
	}
	for _, other := range d.Story {
		role := "also at"
		if other.Key == d.Article.Story {
			role = "spoken for by"
		}
		say("story", "%s %s %q", role, other.Link, other.Title)
	}
	if d.Evidence != "" {
		say("evidence", "%s", d.Evidence)
	}
}

func tellVerdict(say func(string, string, ...any), desk *edition.Composer, d store.Dossier) {
	v := desk.Judge(d.Article)
	word := "kept out"
	if v.Wanted {
		word = "may be shown"
	}
	say("verdict", "%s, score %g", word, v.Score)
	for _, r := range v.Why {
		say("", "%+g %s", r.Weight, strings.Join(strings.Fields(r.Rule+" "+r.Field+" "+r.Words), " "))
	}
	if v.Wanted && d.Excerpt == "" {
		say("rank", "last, after all that have a text to show: %s", withoutText(d))
	}
	if len(v.Topics) > 0 || v.Company != "" {
		say("topics", "%s", strings.Join(append(v.Topics, v.Company), " "))
	}
}
