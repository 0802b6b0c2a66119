package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"broadsheet/cmd/internal/console"
	"broadsheet/internal/edition"
	"broadsheet/store"

	"github.com/spf13/cobra"
)

// hit is one search result, as JSON.
type hit struct {
	Title     string    `json:"title"`
	Link      string    `json:"link"`
	Source    string    `json:"source"`
	Published time.Time `json:"published"`
	Shown     string    `json:"shown,omitempty"` // day of the edition that showed it
	Snippet   string    `json:"snippet,omitempty"`
}

func (a *app) searchCommand() *cobra.Command {
	var asJSON, newest bool
	var limit int
	c := &cobra.Command{
		Use:   "search WORDS",
		Short: "Find articles by their words, in all that is stored, published or not",
		Long: "Finds the articles that hold all the words, in title, tags or text; whatever their case and accents. \"Words in\n" +
			"quotes\" stand together, word* takes any ending, one OR other will do, and what follows -- may exclude with -word.",
		Example: "  broadsheet search consistent hashing\n  broadsheet search '\"write ahead log\" postgres*' --newest\n  broadsheet search -- kafka -streams",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return console.UsageError(errors.New("search needs a word to look for, e.g. broadsheet search kafka"))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if limit < 1 || limit > 1000 {
				return console.UsageError(fmt.Errorf("--limit %d: from 1 to 1000 articles can be shown", limit))
			}
			found, err := a.search(c.Context(), joinQuery(args), newest, limit)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), found)
			}
			return printHits(c.OutOrStdout(), found)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().BoolVar(&newest, "newest", false, "newest first, in place of best first")
	c.Flags().IntVar(&limit, "limit", 10, "the `number` of articles at most")
	return c
}

// joinQuery joins the arguments to one query. An argument with spaces was quoted for the shell, so it becomes a
// phrase, unless it is the only one.
func joinQuery(args []string) string {
	if len(args) == 1 {
		return args[0]
	}
	var all []string
	for _, arg := range args {
		if strings.ContainsAny(arg, " \t") && !strings.Contains(arg, `"`) {
			arg = `"` + arg + `"`
		}
		all = append(all, arg)
	}
	return strings.Join(all, " ")
}

func (a *app) search(ctx context.Context, words string, newest bool, limit int) ([]hit, error) {
	found := []hit{}
	err := a.withStore(ctx, func(composer *edition.Composer, s *store.Store) error {
		hits, err := s.Search(ctx, a.now(), words, newest, limit)
		if errors.Is(err, store.ErrEmptyQuery) {
			return console.UsageError(fmt.Errorf("%w in %q; write one that must be there, beside those that must not", err, words))
		}
		for _, h := range hits {
			found = append(found, hit{h.Title, h.Link, sourceName(composer, h.Source), h.Published, string(h.Shown), h.Snippet})
		}
		return err
	})
	return found, err
}

func printHits(w io.Writer, found []hit) error {
	if len(found) == 0 {
		_, err := fmt.Fprintln(w, "No article holds all these words.")
		return err
	}
	for _, h := range found {
		shown := ""
		if h.Shown != "" {
			shown = " · shown " + h.Shown
		}
		if _, err := fmt.Fprintf(w, "%s\n    %s · %s%s\n    %s\n", cmp.Or(h.Title, h.Link), h.Source, h.Published.Format(time.DateOnly), shown, h.Link); err != nil {
			return err
		}
		if h.Snippet != "" {
			fmt.Fprintf(w, "    %s\n", h.Snippet)
		}
	}
	return nil
}
