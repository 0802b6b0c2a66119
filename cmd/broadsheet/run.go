package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"broadsheet"
	"broadsheet/fetch"
	"broadsheet/publish"
	"broadsheet/store"
)

func (a *app) runCommand() *cobra.Command {
	var force bool
	c := &cobra.Command{
		Use:   "run",
		Short: "Ask the sources what is new, cut today's edition if it is time, and publish",
		Long: "Asks the sources that are due what is new, reads new articles' pages, cuts today's edition if its time has come and it\n" +
			"is not out yet, and brings the output folder up to date. Run it from cron, as often as you like: it is quiet when all\n" +
			"is well, may be killed at any moment, and ends with 75 when another run is at work. Sources that fail are named on\n" +
			"standard error; they end no run.",
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
	desk        *broadsheet.Desk
	boilerplate *broadsheet.Boilerplate
	store       *store.Store
	fetcher     *fetch.Fetcher
	bar         *progress
	report      *report
	asked       time.Time // when a source was last asked before this run; zero: never
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
	return rep, errors.Join(err, rep.deliver(a))
}

// work does what a run does, in order. Each stage asks the store what is left to do, so that a run may die anywhere.
func (a *app) work(ctx context.Context, rep *report, ask, publishing, force bool) error {
	r, err := a.begin(ctx, rep)
	if err != nil {
		return err
	}
	defer r.end()
	if ask {
		if err := rep.timed("ask", func() error { return r.askSources(ctx, force) }); err != nil {
			return err
		}
		if err := rep.timed("read", func() error { return r.readPages(ctx) }); err != nil {
			return err
		}
	}
	if publishing {
		if err := rep.timed("publish", func() error { return r.publish(ctx) }); err != nil {
			return err
		}
	}
	if err := r.takeStock(ctx); err != nil {
		return err
	}
	r.bar.done()
	rep.tell(a)
	return nil
}

// takeStock notes how long the backlog lasts, and what edition is the latest.
func (r *round) takeStock(ctx context.Context) error {
	waiting, err := r.waiting(ctx)
	if err != nil {
		return err
	}
	if r.report.visits, err = r.store.Visits(ctx); err != nil {
		return err
	}
	r.report.waiting, r.report.backlogDays = waiting, r.desk.Config.Edition.Lasts(waiting)
	latest, err := r.store.Latest(ctx, 1)
	for _, e := range latest {
		r.report.lastEdition, r.report.lastPicks = e.At, len(e.Picks)
	}
	if r.report.next.IsZero() {
		r.report.next = r.desk.Config.Edition.Next(r.now())
	}
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
func (a *app) begin(ctx context.Context, rep *report) (*round, error) {
	desk, err := a.desk()
	if err != nil {
		return nil, err
	}
	boilerplate, err := broadsheet.NewBoilerplate(desk.Config.Boilerplate)
	if err != nil {
		return nil, wrong(err)
	}
	s, err := a.openOrCreate(ctx)
	if err != nil {
		return nil, err
	}
	s.Excerpt = func(told []broadsheet.Sighting) (string, broadsheet.Origin) {
		return boilerplate.Best(told[0].Title, note(told), broadsheet.Page{}, told)
	}
	r := &round{app: a, desk: desk, boilerplate: boilerplate, store: s, bar: a.progress(),
		fetcher: a.fetcher(desk.Config, boilerplate), report: rep}
	rep.sources = len(desk.Config.Sources)
	r.asked, err = lastAsked(ctx, s)
	if err == nil {
		err = introduce(ctx, desk, s)
	}
	if err == nil {
		err = s.Sources(ctx, a.now(), desk.Config.Sources)
	}
	if err == nil {
		err = s.Stories(ctx, a.now(), desk.Config.Stories)
	}
	if err == nil {
		err = judgeBy(ctx, desk, s)
	}
	if err != nil {
		r.end()
		return nil, err
	}
	return r, nil
}

// judgeBy lets the desk's rules judge what the store keeps.
func judgeBy(ctx context.Context, desk *broadsheet.Desk, s *store.Store) error {
	return s.Rules(ctx, desk.Rules.Fingerprint(), func(a broadsheet.Article) (float64, bool) {
		v := desk.Judge(a)
		return v.Score, v.Wanted
	})
}

// introduce lets sources go by what they called themselves when they were last asked.
func introduce(ctx context.Context, desk *broadsheet.Desk, s *store.Store) error {
	visits, err := s.Visits(ctx)
	if err != nil {
		return err
	}
	titles := make(map[string]string, len(visits))
	for id, v := range visits {
		titles[id] = v.Title
	}
	desk.Introduce(titles)
	return nil
}

func (r *round) end() {
	r.bar.done()
	_ = r.store.Close()
	r.fetcher.Close()
}

// batch is how many answers are recorded in one transaction at most: enough to share the cost of a commit, few enough
// to lose little work when the run is killed, and to have few articles in memory.
const batch = 16

// askSources asks every source that is due, many hosts at once, and records what they said.
func (r *round) askSources(ctx context.Context, force bool) error {
	visits, err := r.store.Visits(ctx)
	if err != nil {
		return err
	}
	var due []broadsheet.Source
	for _, s := range r.desk.Config.Sources {
		r.fetcher.Recall(s, visits[s.ID()])
		if force || visits[s.ID()].Due(r.now()) {
			due = append(due, s)
		}
	}
	r.report.resting = len(r.desk.Config.Sources) - len(due)
	due = broadsheet.InTurns(due, func(s broadsheet.Source) string { return fetch.Door(s.URL) })
	for _, s := range due {
		r.fetcher.Expect(s.URL)
	}
	r.bar.stage("asking sources", len(due))

	asking, stop := r.deadline(ctx)
	defer stop()
	answers, room := make(chan came), make(chan struct{}, batch)
	go func() {
		defer close(answers)
		crowd(r.atOnce(), due, func(s broadsheet.Source) {
			defer r.bar.waits(s.Name)()
			told, visit, done, err := r.fetcher.AskWithin(asking, room, s, visits[s.ID()])
			defer done()
			if fetch.Stopped(err) { // as if it had not been asked
				return
			}
			a := store.Answer{Source: s, Visit: visit, Told: told}
			if visits[s.ID()].Success.IsZero() {
				a.Cut = r.excerpts(told)
			}
			answers <- came{a, fetch.Held(err)}
		})
	}()
	var silent []came // of sources that no answer came from
	answered := 0     // how many did answer
	err = inBatches(answers, stop, func(some []came) error {
		r.bar.add(len(some))
		var heard []came
		for _, a := range some {
			switch {
			case a.silent():
				silent = append(silent, a)
				continue
			case !a.held && a.Source.Kind != broadsheet.KindList:
				answered++
			}
			heard = append(heard, a)
		}
		return r.record(ctx, heard, visits)
	})
	r.report.offline = answered == 0 && len(silent) >= offline
	switch {
	case err != nil:
	case r.report.offline:
		for _, a := range silent { // our own network is down: nobody is to be backed off from for that
			r.report.visited(a.Answer, visits[a.Source.ID()], store.Outcome{})
		}
	default:
		err = r.record(ctx, silent, visits)
	}
	if err != nil || ctx.Err() != nil {
		return errors.Join(err, ctx.Err())
	}
	if err := introduce(ctx, r.desk, r.store); err != nil {
		return err
	}
	return r.store.Sources(ctx, r.now(), r.desk.Config.Sources) // under the names that they have just told
}

// excerpts cuts what a source told that is new here, and all of it therefore. Many sources are at it at once, while whoever
// records writes one after the other.
func (r *round) excerpts(told []broadsheet.Sighting) []store.Excerpt {
	all := make([]store.Excerpt, len(told))
	for i := range told {
		all[i].Text, all[i].Origin = r.store.Excerpt(told[i : i+1])
	}
	return all
}

// atOnce is how many wait for answers at once: as many as may be asked at once, and some that wait for a host that another
// asks.
func (r *round) atOnce() int { return r.desk.Config.Limits.OrDefaults().Hosts * 5 / 4 }

// crowd calls do with all of them, with n at once.
func crowd[T any](n int, all []T, do func(T)) {
	var working sync.WaitGroup
	places := make(chan struct{}, n)
	for _, one := range all {
		places <- struct{}{}
		working.Go(func() {
			defer func() { <-places }()
			do(one)
		})
	}
	working.Wait()
}

// came is what came of asking a source.
type came struct {
	store.Answer
	held bool // it was not asked, because its host wants to be left alone
}

// silent tells that nothing came from the source at all.
func (a came) silent() bool { return !a.held && a.Visit.Failures > 0 && a.Visit.Status == 0 }

// record stores answers in one transaction and counts them; before are the visits before these.
func (r *round) record(ctx context.Context, some []came, before map[string]broadsheet.Visit) error {
	if len(some) == 0 {
		return nil
	}
	facts := make([]store.Answer, len(some))
	for i, a := range some {
		facts[i] = a.Answer
	}
	outcomes, err := r.store.Record(ctx, r.now(), facts...)
	if err != nil {
		return err
	}
	for i, a := range some {
		if a.held {
			r.report.resting++
			continue
		}
		r.report.visited(a.Answer, before[a.Source.ID()], outcomes[i])
	}
	return nil
}

// offline is how many sources must be silent, with not one that answers, for the silence to be on our side.
const offline = 3

// deadline bounds all fetching of a run, so that an edition comes out in any case.
func (r *round) deadline(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, r.desk.Config.Limits.OrDefaults().Run)
}

// inBatches gathers what comes and hands it on in batches. After an error it calls stop, since nobody is to be asked for
// what cannot be kept, and lets the rest go by, so that no sender is left waiting.
func inBatches[T any](from <-chan T, stop func(), do func([]T) error) error {
	var failed error
	for first := range from {
		some := gather(first, from)
		if failed == nil {
			if failed = do(some); failed != nil {
				stop()
			}
		}
	}
	return failed
}

// gather waits a little for more to come after first.
func gather[T any](first T, from <-chan T) []T {
	some := []T{first}
	enough := time.After(50 * time.Millisecond)
	for len(some) < batch {
		select {
		case next, ok := <-from:
			if !ok {
				return some
			}
			some = append(some, next)
		case <-enough:
			return some
		}
	}
	return some
}

// readPages reads the pages of articles that need it, as far as this run's share goes.
func (r *round) readPages(ctx context.Context) error {
	if r.report.offline {
		return nil
	}
	if err := r.judge(ctx); err != nil {
		return err
	}
	pending, err := r.store.Pending(ctx, r.now(), r.desk.Config.Limits.OrDefaults().Pages)
	if err != nil {
		return err
	}
	for _, a := range pending {
		r.fetcher.Expect(a.Link)
	}
	r.bar.stage("reading articles", len(pending))
	reading, stop := r.deadline(ctx)
	defer stop()
	readings := make(chan store.Reading)
	go func() {
		defer close(readings)
		crowd(r.atOnce(), pending, func(article broadsheet.Article) {
			source, _ := r.desk.Source(article.Source)
			defer r.bar.waits(source.Name)()
			if got, asked := r.read(reading, article); asked {
				readings <- got
			}
		})
	}()
	err = inBatches(readings, stop, func(some []store.Reading) error {
		for _, reading := range some {
			r.report.read(reading)
		}
		r.bar.add(len(some))
		return r.store.SetPages(ctx, r.now(), some...)
	})
	return errors.Join(err, ctx.Err())
}

// read reads one article's page; asked is false when it was not asked for, as the run ended or its host wants to be left
// alone: then it is still to be read.
func (r *round) read(ctx context.Context, a broadsheet.Article) (got store.Reading, asked bool) {
	s, _ := r.desk.Source(a.Source)
	page, err := r.fetcher.Read(ctx, s, a.Link)
	if fetch.Stopped(err) || fetch.Held(err) {
		return got, false
	}
	got = store.Reading{Key: a.Key, Page: page}
	if err != nil {
		got.Err = err.Error()
		if !fetch.Permanent(err) {
			got.Retry = r.now().Add(pageRetry)
		}
		return got, true
	}
	if e, origin := r.boilerplate.Best(a.Title, "", page, nil); origin == broadsheet.OriginPage || a.Excerpt == "" {
		got.Excerpt, got.Origin = e, origin
	}
	return got, true
}

// pageRetry is how long an article whose page could not be read is left alone.
const pageRetry = 6 * time.Hour

// note is the maintainer's own words on an article, if there are any among what was told.
func note(told []broadsheet.Sighting) string {
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
	r.bar.stage("publishing", 1)
	shelf, err := r.shelf(ctx)
	if err != nil {
		return err
	}
	if shelf.Health, err = r.watch(ctx); err != nil {
		return err
	}
	changed, err := publish.Write(ctx, r.out, r.desk.Config, shelf)
	if err != nil {
		return err
	}
	r.report.files = changed
	r.announce(ctx, changed)
	return nil
}

// backlogSample is how many of the best articles of the backlog an edition is composed from: enough that the limits by
// source and topic leave a choice, few enough that the cost does not grow with the archive.
const backlogSample = 1000

// backlogShare is how many of those are of one source at most: more than an edition takes, so that equals change by the day.
const backlogShare = 20

// cut composes today's edition and puts it into the store, if it is time and it is not out yet.
func (r *round) cut(ctx context.Context) error {
	if err := r.judge(ctx); err != nil {
		return err
	}
	days, err := r.store.Days(ctx)
	if err != nil {
		return err
	}
	out := make(map[broadsheet.Day]bool, len(days))
	for _, d := range days {
		out[d.Day] = true
	}
	rules, now := r.desk.Config.Edition, r.now()
	day, ok := rules.Due(now, func(d broadsheet.Day) bool { return out[d] })
	if !ok {
		r.report.next = rules.Next(now)
		return nil
	}
	if r.report.offline && len(days) == 0 {
		return nil // a paper is not begun from what happens to be at hand
	}
	if broadsheet.Jumped(r.asked, now) {
		r.report.trouble = append(r.report.trouble, clockTrouble(r.asked, now))
		return nil
	}
	stock, err := r.stock(ctx, days)
	if err != nil {
		return err
	}
	e := r.desk.Compose(day, now, stock)
	if len(e.Picks) == 0 {
		r.report.empty = true
		return nil // not an edition: yesterday's stays until there is something to read
	}
	for i := range e.Picks {
		if e.Picks[i].Also, err = r.store.Also(ctx, e.Picks[i].Key); err != nil {
			return err
		}
	}
	if err := r.store.SaveEdition(ctx, e); err != nil {
		return err
	}
	r.report.edition, r.report.next = &e, rules.Next(now)
	return nil
}

// stock is what the store has for the next edition.
func (r *round) stock(ctx context.Context, days []store.DayCount) (broadsheet.Stock, error) {
	stock := broadsheet.Stock{Editions: len(days)}
	latest, err := r.store.Latest(ctx, 1)
	if err != nil {
		return stock, err
	}
	var since time.Time
	if len(latest) > 0 {
		since = latest[0].At
	}
	oldest := r.now().AddDate(0, 0, -r.desk.Config.Edition.FreshDays)
	if stock.Fresh, err = r.store.Fresh(ctx, since, oldest, backlogSample); err != nil {
		return stock, err
	}
	each := max(r.desk.Config.Edition.PerSource, backlogShare)
	if stock.Backlog, err = r.store.Backlog(ctx, each, backlogSample); err != nil {
		return stock, err
	}
	if stock.Waiting, err = r.store.Waiting(ctx); err != nil {
		return stock, err
	}
	week := r.desk.Config.Edition.Day(r.now().AddDate(0, 0, -7))
	stock.LastShown, err = r.store.LastShown(ctx, week)
	return stock, err
}
