// Package pipeline does one run: it fetches the sources, reads the pages of new articles, composes the edition of the
// day, publishes the site, and reports what happened. Run.Do lists the stages. Each stage reads from the store what is
// left to do, so a run may be killed at any moment and the next one continues from there.
package pipeline

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"broadsheet"
	"broadsheet/cmd/internal/console"
	"broadsheet/fetch"
	"broadsheet/internal/edition"
	"broadsheet/internal/excerpt"
	"broadsheet/internal/health"
	"broadsheet/internal/plain"
	"broadsheet/store"
)

// Options are the settings of a run, from the command line.
type Options struct {
	*console.Console
	Load                    func() (*edition.Composer, error) // reads feeds.yaml and compiles its rules
	Command                 string                            // run, fetch, publish, serve, demo or withdraw
	DB, Out                 string                            // paths of the database and of the output folder
	Files                   string                            // the folder below which the files of sources are; empty: none is read
	ReportFile, MetricsFile string                            // paths of the run report and the metrics; empty: not written
	Now                     func() time.Time                  // the clock of the run
	FixedTime               bool                              // Now always returns the time that was given with --now
	Transport               http.RoundTripper                 // nil: the network
}

// Plan selects the stages of a run.
type Plan struct {
	Fetch   bool // fetch sources and read articles
	Publish bool // compose the edition and publish the site
	Force   bool // fetch sources that are not due, too
}

// Run is one run: its options, what it has opened, and its report.
type Run struct {
	Options
	Composer *edition.Composer
	Store    *store.Store
	Fetcher  *fetch.Fetcher
	Visits   map[string]broadsheet.Visit // the last visit to each source, by Source.ID; fetchSources updates it

	plan        Plan
	boilerplate *excerpt.Boilerplate
	report      *Report
	bar         *console.Progress

	findings map[string][]health.Finding // the states of the sources, by Source.ID; nil: not known yet
	lasting  []health.Lasting            // and what of them lasts from run to run

	started time.Time   // when the run began
	lastRun time.Time   // when a source was last fetched before this run; zero: never
	clock   clockStatus // whether the clock is right, by the clocks of web servers

	fileRead bool // a file source was read

	sources, pages *attempts
	cut            time.Time       // when the edition that this run composes was due; zero: it composes none
	skipped        map[string]bool // by Source.ID: not fetched in this run, because earlier runs crashed on it
}

// Run opens a run, does its stages, closes it and writes its report. It returns the report even if the run failed.
func (o Options) Run(ctx context.Context, p Plan) (*Report, error) {
	report, start := o.NewReport(), time.Now()
	err := o.doStages(ctx, report, p)
	report.finish(ctx, err, o.Now(), time.Since(start))
	writeErr := report.writeFiles(o)
	if writeErr != nil && console.IsPrinted(err) {
		return report, writeErr
	}
	return report, errors.Join(err, writeErr)
}

func (o Options) doStages(ctx context.Context, report *Report, p Plan) (err error) {
	r, err := o.Open(ctx, report, p)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return r.Do(ctx)
}

// Do does the stages of the run that its plan selects, in order, until one fails.
func (r *Run) Do(ctx context.Context) error {
	for _, stage := range []struct {
		name     string // its time is reported under this name; empty: it is not reported
		selected bool
		do       func(context.Context) error
	}{
		{"", r.plan.Fetch, r.recoverAttempts},
		{"", r.plan.Fetch, r.planVisits},
		{"ask", r.plan.Fetch, r.fetchSources},
		{"read", r.plan.Fetch, r.readArticles},
		{"", true, r.checkClock},
		{"", r.plan.Publish, r.noteEditionsBeforeWebhooks},
		{"", true, r.recordStates},
		{"publish", r.plan.Publish, r.composeAndPublish},
		{"webhooks", r.plan.Publish, r.sendWebhooks},
		{"", true, r.reportBacklog},
		{"", true, r.recordOutage},
		{"", true, r.printReport},
	} {
		if !stage.selected {
			continue
		}
		if err := r.report.time(stage.name, func() error { return stage.do(ctx) }); err != nil {
			return err
		}
	}
	return nil
}

// NewReport returns the report of a run that begins now.
func (o Options) NewReport() *Report {
	return &Report{command: o.Command, began: o.Now(), stages: map[string]float64{}}
}

// Open reads feeds.yaml, opens the database, and brings the database up to date with feeds.yaml. The caller must close
// the run. It is an error if the database is new and the site is published already (see openForRun).
func (o Options) Open(ctx context.Context, report *Report, p Plan) (*Run, error) {
	composer, err := o.Load()
	if err != nil {
		return nil, err
	}
	boilerplate, err := excerpt.NewBoilerplate(composer.Config.Boilerplate)
	if err != nil {
		return nil, console.UsageError(err)
	}
	s, err := o.openForRun(ctx, p, composer)
	if err != nil {
		return nil, err
	}
	s.Excerpt = func(items []broadsheet.FeedItem) (string, broadsheet.Origin) {
		return boilerplate.Choose(items[0].Title, note(items), broadsheet.Page{}, items)
	}
	r := &Run{Options: o, Composer: composer, boilerplate: boilerplate, Store: s, plan: p, report: report, started: o.Now(),
		Fetcher: o.NewFetcher(composer.Config, boilerplate), bar: o.Progress()}
	if err := r.applyConfig(ctx); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// Close closes the database and the connections of the run. An error means that not all data is safely on disk.
func (r *Run) Close() error {
	r.bar.Done()
	r.Fetcher.Close()
	r.report.Abandoned = r.Fetcher.AbandonedParses()
	return r.Store.Close()
}

// printPlan prints what the run will do, before anything that takes time, if someone at a terminal waits; nothing under
// cron. newDB reports whether the database is created now.
func (o Options) printPlan(p Plan, sources int, newDB bool) {
	if o.Interactive() {
		fmt.Fprintln(o.Stderr, p.describe(sources, o.Out, newDB))
	}
}

// describe returns the plan in a sentence or two. In the first run, which creates the database, every source is due.
func (p Plan) describe(sources int, out string, newDB bool) string {
	var steps []string
	if p.Fetch {
		which := "those of " + plain.Count(sources, "source") + " that are due"
		if newDB || p.Force {
			which = plain.Count(sources, "source")
		}
		steps = append(steps, "asking "+which+" what is new", "reading new articles' pages")
	}
	if p.Publish {
		steps = append(steps, "publishing into "+out)
	}
	text := strings.Join(steps, ", ") + "."
	text = strings.ToUpper(text[:1]) + text[1:]
	if p.Fetch && newDB {
		text += " The first run asks them all and may take some minutes."
	}
	return text
}
