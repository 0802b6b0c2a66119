package main

import (
	"context"
	"errors"
	"os"
	"time"

	"broadsheet"
	"broadsheet/fetch"
	"broadsheet/internal/edition"
	"broadsheet/internal/excerpt"
	"broadsheet/publish"
	"broadsheet/store"

	"github.com/spf13/cobra"
)

func (a *app) runCommand() *cobra.Command {
	var force bool
	c := &cobra.Command{
		Use:   "run",
		Short: "Ask the sources what is new, cut today's edition if it is time, and publish",
		Long: "Asks the sources that are due what is new, reads new articles' pages, cuts today's edition if its time has come and it\n" +
			"is not out yet (the first edition of all at once, whatever the hour), and brings the output folder up to date. Run it\n" +
			"from cron, as often as you like: it is quiet when all is well, may be killed at any moment, and ends with 75 when\n" +
			"another run is at work. Sources that fail are named on standard error; they end no run.",
		Example: "  broadsheet run\n  broadsheet --feeds feeds.yaml --db broadsheet.db --out public run --quiet",
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.locked(func() error { return a.round(c.Context(), true, true, force) })
		},
	}
	c.Flags().BoolVar(&force, "force", false, forceHelp)
	return a.reporting(c)
}

// forceHelp says what --force does, and what it does not.
const forceHelp = "ask every source at once, due or not; a host that asked to be left alone still is, until its time is over"

func (a *app) fetchCommand() *cobra.Command {
	var force bool
	c := &cobra.Command{
		Use:   "fetch",
		Short: "Ask the sources what is new, and publish nothing",
		Args:  noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.locked(func() error { return a.round(c.Context(), true, false, force) })
		},
	}
	c.Flags().BoolVar(&force, "force", false, forceHelp)
	return a.reporting(c)
}

func (a *app) publishCommand() *cobra.Command {
	return a.reporting(&cobra.Command{
		Use:   "publish",
		Short: "Cut today's edition if it is time, and publish, without asking any source",
		Args:  noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.locked(func() error { return a.round(c.Context(), false, true, false) })
		},
	})
}

// reporting gives a command the flags that say where its report goes.
func (a *app) reporting(c *cobra.Command) *cobra.Command {
	c.Flags().StringVar(&a.reportFile, "report", "", "write a report of the run to this `file`, as JSON")
	c.Flags().StringVar(&a.metricsFile, "metrics", "", "write metrics to this `file`, for Prometheus' textfile collector")
	return c
}

// round is one run: what it works with, and what it has to report.
type round struct {
	*app
	desk        *edition.Composer
	boilerplate *excerpt.Boilerplate
	store       *store.Store
	fetcher     *fetch.Fetcher
	bar         *progress
	report      *report
	asked       time.Time                   // when a source was last asked before this run; zero: never
	clock       int                         // what the web says of it: clockUnknown, clockRight or clockWrong
	visits      map[string]broadsheet.Visit // the last to each source, by Source.ID: before asking, and after it

	sources, pages *attempts
	givenUp        map[string]bool // sources that are not asked in this run, by Source.ID: earlier ones died of them
}

// round is one run.
func (a *app) round(ctx context.Context, ask, publishing, force bool) error {
	_, err := a.reported(ctx, ask, publishing, force)
	return err
}

// reported is one run, and what it has to report, however it ended.
func (a *app) reported(ctx context.Context, ask, publishing, force bool) (*report, error) {
	rep, began := &report{command: a.verb, began: a.now()}, time.Now()
	err := a.work(ctx, rep, ask, publishing, force)
	rep.close(ctx, err, a.now(), time.Since(began))
	undelivered := rep.deliver(a)
	if undelivered != nil && isTold(err) {
		return rep, undelivered
	}
	return rep, errors.Join(err, undelivered)
}

// work does what a run does, in order. Each stage asks the store what is left to do, so that a run may die anywhere.
func (a *app) work(ctx context.Context, rep *report, ask, publishing, force bool) (err error) {
	r, err := a.begin(ctx, rep, plan{ask, publishing, force})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.end()) }()
	if ask {
		if err := r.recoverAttempts(ctx); err != nil {
			return err
		}
		if err := rep.timed("ask", func() error { return r.askSources(ctx, force) }); err != nil {
			return err
		}
		if err := rep.timed("read", func() error { return r.readPages(ctx) }); err != nil {
			return err
		}
	}
	if err := r.judgeClock(ctx); err != nil {
		return err
	}
	if publishing {
		if err := rep.timed("publish", func() error { return r.publish(ctx) }); err != nil {
			return err
		}
	}
	if err := r.takeStock(ctx); err != nil {
		return err
	}
	if err := r.noteOutage(ctx); err != nil {
		return err
	}
	r.bar.done()
	rep.tell(a)
	return rep.asOutage()
}

// takeStock notes how long the backlog lasts, and what edition is the latest.
func (r *round) takeStock(ctx context.Context) error {
	waiting, err := r.waiting(ctx)
	if err != nil {
		return err
	}
	r.report.visits = r.visits
	r.report.waiting, r.report.backlogDays = waiting, edition.DaysOfBacklog(r.desk.Config.Edition, waiting)
	now, err := r.readersTime(ctx)
	if err != nil {
		return err
	}
	latest, err := latestEdition(ctx, r.store, r.desk.Config.Edition, now)
	r.report.lastEdition, r.report.lastPicks = latest.At, len(latest.Picks)
	if err != nil {
		return err
	}
	days, err := r.store.Days(ctx)
	r.report.next = r.desk.Config.Edition.Next(r.now(), isOut(days))
	return err
}

// waiting is how many wanted articles were never shown. The edition that was just cut knows.
func (r *round) waiting(ctx context.Context) (int, error) {
	if e := r.report.edition; e != nil {
		return e.Waiting, nil
	}
	return r.store.Waiting(ctx)
}

// begin opens what a run needs and tells the store what feeds.yaml says.
func (a *app) begin(ctx context.Context, rep *report, p plan) (*round, error) {
	desk, err := a.desk()
	if err != nil {
		return nil, err
	}
	boilerplate, err := excerpt.NewBoilerplate(desk.Config.Boilerplate)
	if err != nil {
		return nil, wrong(err)
	}
	s, err := a.openForRun(ctx, p, desk)
	if err != nil {
		return nil, err
	}
	s.Excerpt = func(told []broadsheet.FeedItem) (string, broadsheet.Origin) {
		return boilerplate.Best(told[0].Title, note(told), broadsheet.Page{}, told)
	}
	r := &round{app: a, desk: desk, boilerplate: boilerplate, store: s, bar: a.progress(),
		fetcher: a.fetcher(desk.Config, boilerplate), report: rep}
	rep.sources = len(desk.Config.Sources)
	r.visits, err = introduce(ctx, desk, s)
	r.asked = lastAsked(r.visits)
	if err == nil {
		err = r.noteJumpBack(ctx)
	}
	if err == nil {
		err = s.Sources(ctx, a.now(), desk.Config.Sources)
	}
	if err == nil {
		err = s.Stories(ctx, a.now(), desk.Config.Stories)
	}
	if err == nil {
		err = s.Rules(ctx, desk.Rules.Fingerprint(), desk.Judge)
	}
	if err != nil {
		return nil, errors.Join(err, r.end())
	}
	return r, nil
}

// introduce lets sources go by what they called themselves when they were last asked. It returns the last visits to all
// that were ever asked.
func introduce(ctx context.Context, desk *edition.Composer, s *store.Store) (map[string]broadsheet.Visit, error) {
	visits, err := s.Visits(ctx)
	if err != nil {
		return nil, err
	}
	desk.SetSourceNames(titlesOf(visits))
	return visits, nil
}

// titlesOf returns what sources called themselves when they were last asked, by Source.ID.
func titlesOf(visits map[string]broadsheet.Visit) map[string]string {
	titles := make(map[string]string, len(visits))
	for id, v := range visits {
		titles[id] = v.Title
	}
	return titles
}

// end closes what begin opened. An error says what is not on the disk as it should be.
func (r *round) end() error {
	r.bar.done()
	r.fetcher.Close()
	r.report.abandoned = r.fetcher.Abandoned()
	return r.store.Close()
}

// note is the maintainer's own words on an article, if there are any among what was told.
func note(told []broadsheet.FeedItem) string {
	for _, t := range told {
		if t.Note != "" {
			return t.Note
		}
	}
	return ""
}

// judge brings the scores that the store keeps up to what feeds.yaml says now.
func (r *round) judge(ctx context.Context) error {
	_, err := r.store.Judge(ctx, r.now())
	return err
}

// publish cuts the edition if it is time and brings the output folder up to date.
func (r *round) publish(ctx context.Context) error {
	if err := r.cut(ctx); err != nil {
		return err
	}
	return r.write(ctx)
}

// write brings the output folder up to date.
func (r *round) write(ctx context.Context) error {
	r.bar.stage("publishing", 1)
	// Editions of earlier versions may hold links into private networks, which are not published any more.
	if err := r.store.ReviseOnce(ctx, "private links", holdsPrivateLink); err != nil {
		return err
	}
	shelf, err := r.shelf(ctx)
	if err != nil {
		return err
	}
	if shelf.Health, err = r.watch(ctx); err != nil {
		return err
	}
	before, _ := os.Stat(r.out) // nil: it is made
	changed, err := publish.Write(ctx, r.out, r.desk.Config, shelf)
	if err != nil {
		return err
	}
	r.report.files = changed
	if err := r.checkReadable(ctx, before, changed); err != nil {
		return err
	}
	r.announce(ctx, changed)
	return nil
}
