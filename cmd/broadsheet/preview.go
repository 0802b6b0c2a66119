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
			when, err := moment("--at", at)
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

// preview works on a copy of the store, since to judge is to write.
func (a *app) preview(ctx context.Context, w io.Writer, at time.Time, days int) error {
	desk, err := a.desk()
	if err != nil {
		return err
	}
	s, remove, err := a.copied(ctx)
	if err != nil {
		return err
	}
	defer remove()
	defer s.Close()
	if _, err := pipeline.LoadVisits(ctx, desk, s); err != nil {
		return err
	}
	changes, err := changes(ctx, s, desk, at.AddDate(0, 0, -days))
	if err != nil {
		return err
	}
	r := &pipeline.Run{Options: a.options(), Composer: desk, Store: s}
	r.Now = func() time.Time { return at }
	if err := s.Rules(ctx, desk.Rules.Fingerprint(), desk.Judge); err != nil {
		return err
	}
	if err := r.Judge(ctx); err != nil {
		return err
	}
	out, err := s.Days(ctx)
	if err != nil {
		return err
	}
	stock, err := r.Input(ctx, out)
	if err != nil {
		return err
	}
	tellEdition(w, desk.Compose(desk.Config.Edition.Day(at), at, stock))
	fmt.Fprintf(w, "\nCompared with the last run, %s of the last %d days:\n", plain.Count(len(changes), "change"), days)
	for _, change := range changes {
		fmt.Fprintln(w, change)
	}
	return nil
}

// copied opens a copy of the store, which remove takes away again.
func (a *app) copied(ctx context.Context) (copied *store.Store, remove func(), err error) {
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

func tellEdition(w io.Writer, e broadsheet.Edition) {
	fmt.Fprintf(w, "The edition of %s would have %s; %s would be left.\n", e.Day, plain.Count(len(e.Picks), "article"), plain.Count(e.Waiting, "waiting article"))
	for i, p := range e.Picks {
		from := "new"
		if p.Backlog {
			from = "from the backlog"
		}
		fmt.Fprintf(w, "%2d. %s\n    %s · %s · %s · score %g\n    %s\n", i+1, p.Title, p.SourceName, p.Published.Format("2006-01-02"), from, p.Score, p.Link)
	}
}

// changes are the articles that the rules would let in or keep out, other than in the last run, and by which rule.
func changes(ctx context.Context, s *store.Store, desk *edition.Composer, since time.Time) ([]string, error) {
	var all []string
	err := s.Verdicts(ctx, since, func(a broadsheet.Article, score float64, wanted bool) error {
		v := desk.Judge(a)
		if v.Wanted == wanted {
			return nil
		}
		word := "out"
		if v.Wanted {
			word = "in "
		}
		all = append(all, fmt.Sprintf("%s %5.1f → %5.1f  %s\n    %s\n    %s", word, score, v.Score, a.Title, a.Link, reasons(v)))
		return nil
	})
	return all, err
}

// reasons are a verdict's rules in one line.
func reasons(v rules.Verdict) string {
	var all []string
	for _, r := range v.Why {
		all = append(all, strings.TrimSpace(fmt.Sprintf("%+g %s %s %s", r.Weight, r.Rule, r.Field, r.Words)))
	}
	return strings.Join(all, "; ")
}
