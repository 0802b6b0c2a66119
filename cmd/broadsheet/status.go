package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"broadsheet"
	"broadsheet/cmd/internal/console"
	"broadsheet/cmd/internal/pipeline"
	"broadsheet/internal/edition"
	"broadsheet/internal/link"
	"broadsheet/internal/plain"
	"broadsheet/store"

	"github.com/spf13/cobra"
)

// exitUnhealthy is the exit status when a source has a state that --fail-on names.
const exitUnhealthy = 3

// sourceStatus is the state of one source, as `status` shows it.
type sourceStatus struct {
	Name     string     `json:"name"`
	Source   string     `json:"source"`
	Health   string     `json:"health"` // one of healthStates
	Text     string     `json:"text,omitempty"`
	Failures int        `json:"failures,omitempty"`
	Success  *time.Time `json:"last_success,omitempty"`
	Next     *time.Time `json:"next_visit,omitempty"`
	Reason   string     `json:"reason,omitempty"` // why it is visited then
	Articles int        `json:"articles_30_days"`
}

// statusReport is the output of `status`.
type statusReport struct {
	Sources     []sourceStatus `json:"sources"`
	Editions    int            `json:"editions"`
	LastEdition string         `json:"last_edition,omitempty"`
	NextEdition time.Time      `json:"next_edition"`
	Waiting     int            `json:"waiting"` // wanted articles that were never shown

	Clock             string   `json:"clock,omitempty"`              // what is wrong with this machine's clock
	Ahead             []string `json:"editions_ahead,omitempty"`     // cut while the clock was ahead: hidden until their day
	WithdrawnEditions int      `json:"withdrawn_editions,omitempty"` // by withdraw DAY
	Withdrawn         int      `json:"withdrawn_articles,omitempty"` // by withdraw URL or --source
	Bytes             int64    `json:"database_bytes"`
}

func (a *app) statusCommand() *cobra.Command {
	var asJSON bool
	var failOn []string
	c := &cobra.Command{
		Use:   "status",
		Short: "Tell how each source fares, when it is asked next and why, and when the next edition is due",
		Long: "Shows each source's state, what needs a person first, with its last success, its next visit and why then, and how many\n" +
			"articles it brought in 30 days; then the editions, the articles that wait, and the size of the database.",
		Example: "  broadsheet status\n  broadsheet status --fail-on gone,failing || mail -s 'a source is in trouble' me",
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			for _, f := range failOn {
				if !slices.Contains(healthStates, f) {
					return console.UsageError(fmt.Errorf("--fail-on %q is not known; it is one of %s", f, strings.Join(healthStates, ", ")))
				}
			}
			st, err := a.readStatus(c.Context())
			if err != nil {
				return err
			}
			if asJSON {
				out := json.NewEncoder(c.OutOrStdout())
				out.SetIndent("", "  ")
				err = out.Encode(st)
			} else {
				err = st.print(c.OutOrStdout(), a.now())
			}
			if err != nil {
				return err
			}
			for _, s := range st.Sources {
				if slices.Contains(failOn, s.Health) {
					return &console.ExitError{Status: exitUnhealthy, Err: fmt.Errorf("%s is %s: %s", s.Name, s.Health, s.Text)}
				}
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().StringSliceVar(&failOn, "fail-on", nil, "the `states` of a source that end it with status 3: "+strings.Join(healthStates, ", "))
	return c
}

// healthStates are the states of a source, those that need attention first.
var healthStates = []string{"quarantined", "gone", "failing", "moved", "salvaged", "unlinked", "new", "fine"}

// sourceState returns the state of a source, and a text about it.
func sourceState(v broadsheet.Visit) (state, text string) {
	switch {
	case v.Quarantine != "":
		return "quarantined", v.Quarantine + "; broadsheet trust shows it again"
	case v.Gone:
		return "gone", "410: it will not come back; take it out of feeds.yaml or look for its new address"
	case v.Failures > 0:
		return "failing", v.Err
	case v.MovedTo != "":
		return "moved", "to " + v.MovedTo + "; change it in feeds.yaml"
	case v.Partial:
		return "salvaged", "the document is cut off or broken; its whole entries were kept"
	case v.PrivateLinks > 0:
		return "unlinked", pipeline.PrivateLinksText(v)
	case v.NotStored > 0:
		return "fine", store.OverQuotaText(v.NotStored)
	case v.At.IsZero():
		return "new", "not asked yet"
	default:
		return "fine", ""
	}
}

// month is the period for which `status` counts articles.
const month = 30 * 24 * time.Hour

// readStatus opens the database and collects the status.
func (a *app) readStatus(ctx context.Context) (st statusReport, err error) {
	err = a.withStore(ctx, func(composer *edition.Composer, s *store.Store) error {
		st, err = a.collectStatus(ctx, composer, s)
		return err
	})
	return st, err
}

func (a *app) collectStatus(ctx context.Context, composer *edition.Composer, s *store.Store) (statusReport, error) {
	var st statusReport
	visits, err := s.Visits(ctx)
	if err != nil {
		return st, err
	}
	recent, err := s.NewArticleCounts(ctx, a.now().Add(-month))
	if err != nil {
		return st, err
	}
	for _, source := range composer.Config.Sources {
		v := visits[source.ID()]
		c := sourceStatus{Name: source.Name, Source: a.RedactID(source.ID()), Failures: v.Failures, Success: pipeline.OptionalTime(v.LastSuccess),
			Next: pipeline.OptionalTime(v.Next), Reason: v.Reason, Articles: recent[source.ID()]}
		c.Health, c.Text = sourceState(v)
		c.Text, c.Reason = link.Redact(source, c.Text), link.Redact(source, c.Reason)
		st.Sources = append(st.Sources, c)
	}
	slices.SortStableFunc(st.Sources, func(x, y sourceStatus) int {
		return cmp.Compare(slices.Index(healthStates, x.Health), slices.Index(healthStates, y.Health))
	})
	now, err := a.options().PublicTime(ctx, s)
	if err != nil {
		return st, err
	}
	days, hidden, err := s.Published(ctx, composer.Config.Edition, now)
	if err != nil {
		return st, err
	}
	if st.Editions = len(days); st.Editions > 0 {
		st.LastEdition = string(days[len(days)-1].Day)
	}
	all, err := s.Days(ctx)
	if err != nil {
		return st, err
	}
	if st.NextEdition = composer.Config.Edition.Next(a.now(), pipeline.HasEdition(all)); len(all) == 0 {
		st.NextEdition = a.now().In(composer.Config.Edition.Location) // the first is cut by the next run, whatever the hour
	}
	if a.nowFlag == "" {
		if clock, wrong, err := pipeline.ReadWrongClock(ctx, s, a.now()); err != nil {
			return st, err
		} else if wrong {
			st.Clock = clock.Why(a.now())
		}
	}
	for _, d := range hidden {
		if d.Future && !d.Withdrawn {
			st.Ahead = append(st.Ahead, string(d.Day))
		}
	}
	if st.WithdrawnEditions, st.Withdrawn, err = s.WithdrawnCount(ctx); err != nil {
		return st, err
	}
	if st.Waiting, err = s.CountWaiting(ctx); err != nil {
		return st, err
	}
	if info, err := os.Stat(a.db); err == nil {
		st.Bytes = info.Size()
	} else if !errors.Is(err, os.ErrNotExist) {
		return st, err
	}
	return st, nil
}

// print writes the report as a table.
func (st statusReport) print(w io.Writer, now time.Time) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "SOURCE\tSTATE\tLAST SUCCESS\tNEXT VISIT\tWHY THEN\t30 DAYS\t")
	for _, s := range st.Sources {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%d\t%s\n", s.Name, s.Health, timeOrNever(s.Success), nextVisit(s, now), s.Reason, s.Articles, s.Text)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	last := ""
	if st.LastEdition != "" {
		last = ", the last of " + st.LastEdition
	}
	if st.Clock != "" {
		fmt.Fprintf(w, "\nThe clock is wrong: %s.\n", st.Clock)
	}
	if len(st.Ahead) > 0 {
		fmt.Fprintf(w, "\nCut while the clock was ahead, and hidden until the day comes: the edition of %s. To have its articles shown before, and that day go without: broadsheet withdraw %s\n",
			strings.Join(st.Ahead, ", "), st.Ahead[0])
	}
	if st.WithdrawnEditions+st.Withdrawn > 0 {
		fmt.Fprintf(w, "\nWithdrawn: %s, %s.\n", plain.Count(st.WithdrawnEditions, "edition"), plain.Count(st.Withdrawn, "article"))
	}
	_, err := fmt.Fprintf(w, "\n%s%s; the next is due %s. %s waiting. Database: %.1f MB.\n", plain.Count(st.Editions, "edition"), last,
		st.NextEdition.Format("2006-01-02 15:04 MST"), plain.Count(st.Waiting, "article"), float64(st.Bytes)/1e6)
	return err
}

func timeOrNever(t *time.Time) string {
	if t == nil {
		return "never"
	}
	return pipeline.FormatMinute(*t)
}

func nextVisit(s sourceStatus, now time.Time) string {
	switch {
	case s.Health == "gone":
		return "never"
	case s.Next == nil || !now.Before(*s.Next):
		return "next run"
	default:
		return pipeline.FormatMinute(*s.Next)
	}
}
