package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"broadsheet"
	"broadsheet/cmd/internal/pipeline"
	"broadsheet/internal/edition"
	"broadsheet/internal/plain"
	"broadsheet/internal/rules"
	"broadsheet/store"

	"github.com/spf13/cobra"
)

func (a *app) previewCommand() *cobra.Command {
	var at string
	var days int
	c := &cobra.Command{
		Use:   "preview",
		Short: "Show the edition that would be cut now, and what an edited feeds.yaml lets in or keeps out; changes nothing",
		Long: "Shows the edition that would be cut now, or at --at, by the feeds.yaml of --feeds, and which of the articles that were\n" +
			"first seen in the last --days would come in or go out by it, compared with the rules of the last run.",
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			when, err := parseTimeFlag("--at", at)
			if err != nil {
				return err
			}
			if when.IsZero() {
				when = a.now()
			}
			return a.preview(c.Context(), c.OutOrStdout(), when, days)
		},
	}
	c.Flags().StringVar(&at, "at", "", "the edition of this `time` (RFC 3339 or YYYY-MM-DD)")
	c.Flags().IntVar(&days, "days", 30, "look for changes among the articles of this `number` of days")
	return c
}

// preview works on a copy of the store, because scoring writes to it.
func (a *app) preview(ctx context.Context, w io.Writer, at time.Time, days int) error {
	composer, err := a.composer()
	if err != nil {
		return err
	}
	s, remove, err := a.openCopy(ctx)
	if err != nil {
		return err
	}
	defer remove()
	defer s.Close()
	if _, err := pipeline.LoadVisits(ctx, composer, s); err != nil {
		return err
	}
	changes, err := ruleChanges(ctx, s, composer, at.AddDate(0, 0, -days))
	if err != nil {
		return err
	}
	r := &pipeline.Run{Options: a.options(), Composer: composer, Store: s}
	r.Now = func() time.Time { return at }
	if err := s.SetRules(ctx, composer.Rules.Fingerprint(), composer.Judge); err != nil {
		return err
	}
	if err := r.Judge(ctx); err != nil {
		return err
	}
	out, err := s.Days(ctx)
	if err != nil {
		return err
	}
	input, err := r.EditionInput(ctx, out)
	if err != nil {
		return err
	}
	printEdition(w, composer.Compose(composer.Config.Edition.Day(at), at, input))
	fmt.Fprintf(w, "\nCompared with the last run, %s of the last %d days:\n", plain.Count(len(changes), "change"), days)
	for _, change := range changes {
		fmt.Fprintln(w, change)
	}
	return nil
}

// openCopy opens a copy of the store. The caller closes it, then calls remove, which deletes the copy.
func (a *app) openCopy(ctx context.Context) (copied *store.Store, remove func(), err error) {
	dir, err := os.MkdirTemp("", "broadsheet-preview-")
	if err != nil {
		return nil, nil, err
	}
	remove = func() { _ = os.RemoveAll(dir) }
	s, err := a.open(ctx)
	if err == nil {
		err = s.Backup(ctx, filepath.Join(dir, "copy.db"))
		_ = s.Close()
	}
	if err == nil {
		copied, err = store.Open(ctx, filepath.Join(dir, "copy.db"))
	}
	if err != nil {
		remove()
	}
	return copied, remove, err
}

func printEdition(w io.Writer, e broadsheet.Edition) {
	fmt.Fprintf(w, "The edition of %s would have %s; %s would be left.\n", e.Day, plain.Count(len(e.Picks), "article"), plain.Count(e.Waiting, "waiting article"))
	for i, p := range e.Picks {
		from := "new"
		if p.Backlog {
			from = "from the backlog"
		}
		fmt.Fprintf(w, "%2d. %s\n    %s · %s · %s · score %g\n    %s\n", i+1, p.Title, p.SourceName, p.Published.Format("2006-01-02"), from, p.Score, p.Link)
	}
}

// ruleChanges returns the articles that the rules would let in or keep out, unlike in the last run, each with the
// reasons.
func ruleChanges(ctx context.Context, s *store.Store, composer *edition.Composer, since time.Time) ([]string, error) {
	var all []string
	err := s.EachScored(ctx, since, func(a broadsheet.Article, score float64, wanted bool) error {
		v := composer.Judge(a)
		if v.Wanted == wanted {
			return nil
		}
		word := "out"
		if v.Wanted {
			word = "in "
		}
		all = append(all, fmt.Sprintf("%s %5.1f → %5.1f  %s\n    %s\n    %s", word, score, v.Score, a.Title, a.Link, formatReasons(v)))
		return nil
	})
	return all, err
}

// formatReasons returns the reasons of a verdict on one line.
func formatReasons(v rules.Verdict) string {
	var all []string
	for _, r := range v.Why {
		all = append(all, strings.TrimSpace(fmt.Sprintf("%+g %s %s %s", r.Weight, r.Rule, r.Field, r.Words)))
	}
	return strings.Join(all, "; ")
}
