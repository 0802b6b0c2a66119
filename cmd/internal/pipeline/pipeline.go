// Package pipeline makes one run: it fetches sources, reads articles, composes the edition, publishes, and reports. Each stage
// asks the store what is left to do, so that a run may die anywhere and the next one goes on from there.
package pipeline

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"os"
	"runtime/debug"
	"time"

	"broadsheet"
	"broadsheet/cmd/internal/console"
	"broadsheet/fetch"
	"broadsheet/internal/config"
	"broadsheet/internal/edition"
	"broadsheet/internal/excerpt"
	"broadsheet/publish"
	"broadsheet/store"
)

// Options are what a run is made with.
type Options struct {
	*console.Console
	Load                    func() (*edition.Composer, error) // reads feeds.yaml and compiles its rules
	Command                 string                            // as called: run, fetch, publish, serve, demo, withdraw
	DB, Out                 string                            // the database, and the folder to publish into
	ReportFile, MetricsFile string                            // where the run report and the metrics go; empty: nowhere
	Now                     func() time.Time                  // the time that the run believes in
	FixedTime               bool                              // Now was given by the maintainer, and stands still
	Transport               http.RoundTripper                 // nil: the network
}

// Run is one run: what it works with, and what it has to report.
type Run struct {
	Options
	Composer    *edition.Composer
	boilerplate *excerpt.Boilerplate
	Store       *store.Store
	Fetcher     *fetch.Fetcher
	bar         *console.Progress
	report      *Report
	asked       time.Time                   // when a source was last asked before this run; zero: never
	clock       int                         // what the web says of it: clockUnknown, clockRight or clockWrong
	Visits      map[string]broadsheet.Visit // the last to each source, by Source.ID: before asking, and after it

	sources, pages *attempts
	givenUp        map[string]bool // sources that are not asked in this run, by Source.ID: earlier ones died of them
}

// Do makes one run. It returns what the run has to report, however it ended.
func (o Options) Do(ctx context.Context, p Plan) (*Report, error) {
	rep, began := o.NewReport(), time.Now()
	err := o.work(ctx, rep, p)
	rep.close(ctx, err, o.Now(), time.Since(began))
	undelivered := rep.deliver(o)
	if undelivered != nil && console.IsPrinted(err) {
		return rep, undelivered
	}
	return rep, errors.Join(err, undelivered)
}

// work does what a run does, in order. Each stage asks the store what is left to do, so that a run may die anywhere.
func (o Options) work(ctx context.Context, rep *Report, p Plan) (err error) {
	r, err := o.Begin(ctx, rep, p)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.End()) }()
	if p.Fetch {
		if err := r.recoverAttempts(ctx); err != nil {
			return err
		}
		if err := rep.timed("ask", func() error { return r.fetchSources(ctx, p.Force) }); err != nil {
			return err
		}
		if err := rep.timed("read", func() error { return r.readArticles(ctx) }); err != nil {
			return err
		}
	}
	if err := r.judgeClock(ctx); err != nil {
		return err
	}
	if p.Publish {
		if err := rep.timed("publish", func() error { return r.composeAndPublish(ctx) }); err != nil {
			return err
		}
	}
	if err := r.recordBacklog(ctx); err != nil {
		return err
	}
	if err := r.noteOutage(ctx); err != nil {
		return err
	}
	r.bar.Done()
	rep.print(o)
	return rep.asOutage()
}

// recordBacklog notes how long the backlog lasts, and what edition is the latest.
func (r *Run) recordBacklog(ctx context.Context) error {
	waiting, err := r.waiting(ctx)
	if err != nil {
		return err
	}
	r.report.Visits = r.Visits
	r.report.waiting, r.report.backlogDays = waiting, edition.DaysOfBacklog(r.Composer.Config.Edition, waiting)
	now, err := r.readersTime(ctx)
	if err != nil {
		return err
	}
	latest, err := LatestEdition(ctx, r.Store, r.Composer.Config.Edition, now)
	r.report.lastEdition, r.report.lastPicks = latest.At, len(latest.Picks)
	if err != nil {
		return err
	}
	days, err := r.Store.Days(ctx)
	r.report.Next = r.Composer.Config.Edition.Next(r.Now(), IsOut(days))
	return err
}

// waiting is how many wanted articles were never shown. The edition that was just cut knows.
func (r *Run) waiting(ctx context.Context) (int, error) {
	if e := r.report.Edition; e != nil {
		return e.Waiting, nil
	}
	return r.Store.Waiting(ctx)
}

// NewReport returns the report of a run that begins now.
func (o Options) NewReport() *Report { return &Report{command: o.Command, began: o.Now()} }

// Begin opens what a run needs and tells the store what feeds.yaml says.
func (o Options) Begin(ctx context.Context, rep *Report, p Plan) (*Run, error) {
	desk, err := o.Load()
	if err != nil {
		return nil, err
	}
	boilerplate, err := excerpt.NewBoilerplate(desk.Config.Boilerplate)
	if err != nil {
		return nil, console.UsageError(err)
	}
	s, err := o.openForRun(ctx, p, desk)
	if err != nil {
		return nil, err
	}
	s.Excerpt = func(told []broadsheet.FeedItem) (string, broadsheet.Origin) {
		return boilerplate.Best(told[0].Title, note(told), broadsheet.Page{}, told)
	}
	r := &Run{Options: o, Composer: desk, boilerplate: boilerplate, Store: s, bar: o.Progress(),
		Fetcher: o.NewFetcher(desk.Config, boilerplate), report: rep}
	rep.sources = len(desk.Config.Sources)
	r.Visits, err = LoadVisits(ctx, desk, s)
	r.asked = lastAsked(r.Visits)
	if err == nil {
		err = r.noteJumpBack(ctx)
	}
	if err == nil {
		err = s.Sources(ctx, o.Now(), desk.Config.Sources)
	}
	if err == nil {
		err = s.Stories(ctx, o.Now(), desk.Config.Stories)
	}
	if err == nil {
		err = s.Rules(ctx, desk.Rules.Fingerprint(), desk.Judge)
	}
	if err != nil {
		return nil, errors.Join(err, r.End())
	}
	return r, nil
}

// OpenStore opens the database, or creates it. What it knows of secrets is kept from then on.
func (o Options) OpenStore(ctx context.Context) (*store.Store, error) {
	s, err := store.Open(ctx, o.DB)
	if err != nil {
		return nil, err
	}
	if err := o.KeepFormerSecrets(ctx, s); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

// NewFetcher returns what makes all requests of a run.
func (o Options) NewFetcher(c config.Config, b *excerpt.Boilerplate) *fetch.Fetcher {
	return fetch.New(fetch.Options{
		Now:         o.Now,
		UserAgent:   userAgent(c),
		Limits:      c.Limits,
		Boilerplate: b,
		Transport:   o.Transport,
	})
}

// userAgent names the program and whom to write to.
func userAgent(c config.Config) string {
	agent := "broadsheet"
	if v := Version(); v != "" {
		agent += "/" + v
	}
	if contact := cmp.Or(c.Contact, c.URL); contact != "" {
		agent += " (+" + contact + ")"
	}
	return agent
}

// LoadVisits lets sources go by what they called themselves when they were last asked. It returns the last visits to all
// that were ever asked.
func LoadVisits(ctx context.Context, desk *edition.Composer, s *store.Store) (map[string]broadsheet.Visit, error) {
	visits, err := s.Visits(ctx)
	if err != nil {
		return nil, err
	}
	desk.SetSourceNames(TitlesOf(visits))
	return visits, nil
}

// TitlesOf returns what sources called themselves when they were last asked, by Source.ID.
func TitlesOf(visits map[string]broadsheet.Visit) map[string]string {
	titles := make(map[string]string, len(visits))
	for id, v := range visits {
		titles[id] = v.Title
	}
	return titles
}

// End closes what Begin opened. An error says what is not on the disk as it should be.
func (r *Run) End() error {
	r.bar.Done()
	r.Fetcher.Close()
	r.report.Abandoned = r.Fetcher.Abandoned()
	return r.Store.Close()
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

// Judge brings the scores that the store keeps up to what feeds.yaml says now.
func (r *Run) Judge(ctx context.Context) error {
	_, err := r.Store.Judge(ctx, r.Now())
	return err
}

// composeAndPublish cuts the edition if it is time and brings the output folder up to date.
func (r *Run) composeAndPublish(ctx context.Context) error {
	if err := r.composeEdition(ctx); err != nil {
		return err
	}
	return r.Publish(ctx)
}

// Publish brings the output folder up to date.
func (r *Run) Publish(ctx context.Context) error {
	r.bar.Stage("publishing", 1)
	// Editions of earlier versions may hold links into private networks, which are not published any more.
	if err := r.Store.ReviseOnce(ctx, "private links", holdsPrivateLink); err != nil {
		return err
	}
	shelf, err := r.editionSource(ctx)
	if err != nil {
		return err
	}
	if shelf.Health, err = r.watch(ctx); err != nil {
		return err
	}
	before, _ := os.Stat(r.Out) // nil: it is made
	changed, err := publish.Write(ctx, r.Out, r.Composer.Config, shelf)
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

// Version is the module's version, or the commit that the program was built from; empty when neither is known. It may
// stand in a User-Agent (RFC 9110, section 10.1.5).
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	return versionOf(info)
}

func versionOf(info *debug.BuildInfo) string {
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value[:min(len(s.Value), 12)]
		}
	}
	return ""
}
