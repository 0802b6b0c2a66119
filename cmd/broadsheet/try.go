package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"broadsheet"
	"broadsheet/cmd/internal/console"
	"broadsheet/cmd/internal/files"
	"broadsheet/fetch/discover"
	"broadsheet/fetch/extract"
	"broadsheet/internal/config"
	"broadsheet/internal/edition"
	"broadsheet/internal/excerpt"
	"broadsheet/internal/link"

	"github.com/spf13/cobra"
)

func (a *app) tryCommand() *cobra.Command {
	var selector string
	c := &cobra.Command{
		Use:   "try URL|FILE",
		Short: "Show what the program makes of one page",
		Long: "Reads one page, from the web or a file, and shows its title, authors, date, the excerpt that is cut from it and where\n" +
			"from, its topics and its score with the rules that made it; for the address of a page source of feeds.yaml also the\n" +
			"articles that it lists, asked with what its entry allows and sends. Nothing is stored.",
		Example: "  broadsheet try https://example.com/an-article\n  broadsheet try page.html --selector 'div.post-body'",
		Args:    exactlyOneArg("address or file"),
		RunE: func(c *cobra.Command, args []string) error {
			composer, err := a.composer()
			if err != nil {
				return err
			}
			boilerplate, err := excerpt.NewBoilerplate(composer.Config.Boilerplate)
			if err != nil {
				return console.UsageError(err)
			}
			if u, err := url.Parse(args[0]); err == nil && (u.Scheme == "http" || u.Scheme == "https") {
				source := pageSource(composer.Config.Sources, args[0])
				asked := source // with what its entry allows and sends
				asked.Excerpt = cmp.Or(selector, source.Excerpt)
				page, err := a.fetcher(composer.Config, boilerplate).ReadArticle(c.Context(), asked, args[0])
				if err == nil {
					printPage(c.OutOrStdout(), composer, boilerplate, page)
				}
				if source.URL == "" {
					return err
				}
				return a.tryList(c.Context(), c.OutOrStdout(), composer.Config, source) // an address that answers JSON is no article
			}
			body, err := files.ReadInput(args[0], maxPageFile)
			if err != nil {
				return console.UsageError(fmt.Errorf("%s is neither an http(s) address nor a file that can be read: %w", args[0], files.WithoutPath(err)))
			}
			printPage(c.OutOrStdout(), composer, boilerplate, extract.ReadHTML(body, "text/html", "", selector, boilerplate))
			return nil
		},
	}
	c.Flags().StringVar(&selector, "selector", "", "`CSS` selector of the article's text, as under excerpt: in feeds.yaml")
	return c
}

// pageSource returns the page source with an address; the zero Source if there is none.
func pageSource(sources []broadsheet.Source, address string) broadsheet.Source {
	i := slices.IndexFunc(sources, func(s broadsheet.Source) bool { return s.Kind == broadsheet.KindPage && s.URL == address })
	if i < 0 {
		return broadsheet.Source{}
	}
	return sources[i]
}

// tryList shows the list of articles of a page source, as a run would read it.
func (a *app) tryList(ctx context.Context, w io.Writer, cfg config.Config, source broadsheet.Source) error {
	known, err := a.readStored(ctx)
	if err != nil {
		return err
	}
	f := a.fetcher(cfg, nil)
	defer f.Close()
	items, v, err := f.FetchSource(ctx, source, broadsheet.Visit{List: known.visits[source.ID()].List})
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\nThe list of articles there, as the source in line %d reads it:\n", source.Line)
	if v.ListChanged != "" {
		fmt.Fprintln(w, link.Redact(source, v.ListChanged))
	}
	printFound(w, discover.Result{Source: source, Title: v.Title, Items: items, List: v.List, How: "feeds.yaml"}, 1, 1, a.now())
	return nil
}

// maxPageFile is the greatest size of a file to try, in bytes: more than any page has.
const maxPageFile = 64 << 20

// printPage writes what the program makes of a page.
func printPage(w io.Writer, composer *edition.Composer, b *excerpt.Boilerplate, page broadsheet.Page) {
	excerpt, origin := b.Choose("", "", page, nil)
	article := broadsheet.Article{Link: page.URL, Title: page.Title, Authors: page.Authors, Text: page.Text, Excerpt: excerpt}
	v := composer.Rules.Judge(article, broadsheet.Source{Take: broadsheet.TakeMatching})
	line := func(name, value string) {
		if value == "" {
			value = "(none)"
		}
		fmt.Fprintf(w, "%-10s %s\n", name, value)
	}
	line("title", page.Title)
	line("authors", strings.Join(page.Authors, ", "))
	published := ""
	if !page.Published.IsZero() {
		published = page.Published.Format("2006-01-02 15:04 MST")
	}
	line("published", published)
	line("language", page.Language)
	line("address", page.URL)
	line("canonical", page.Canonical)
	line("image", page.Image)
	if page.BlockPage != "" {
		line("wall", page.BlockPage+": this is not the article")
	}
	if page.NoSnippet {
		line("quoting", "the page asks not to be quoted")
	}
	line("excerpt", excerpt)
	line("from", string(origin))
	line("topics", strings.Join(v.Topics, ", "))
	line("company", v.Company)
	line("score", fmt.Sprintf("%g, wanted from a source that takes what matches: %v", v.Score, v.Wanted))
	for _, r := range v.Why {
		fmt.Fprintf(w, "           %+g %s %s %s\n", r.Weight, r.Rule, r.Field, r.Words)
	}
}
