package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"broadsheet"
	"broadsheet/cmd/internal/console"
	"broadsheet/cmd/internal/files"
)

// RunReport is what --report writes: all that a run has to say, for a machine. Fields are added, never renamed.
type RunReport struct {
	Version string             `json:"version"`
	Command string             `json:"command"` // run, fetch, publish, serve
	Began   time.Time          `json:"began"`   // as the run believes it to be
	Ended   time.Time          `json:"ended"`
	Seconds float64            `json:"seconds"` // of real time
	Stages  map[string]float64 `json:"stages"`  // name → seconds
	Status  int                `json:"status"`  // the exit status
	Error   string             `json:"error,omitempty"`
	Summary string             `json:"summary"` // the last line of the run

	Sources struct {
		Total     int `json:"total"`
		Unchanged int `json:"unchanged"`
		New       int `json:"new"`
		Failing   int `json:"failing"`
		Resting   int `json:"resting"`
	} `json:"sources"`
	Troubles []reportedTrouble `json:"troubles"` // what a person should look at, by source

	Articles int `json:"articles_new"`
	Pages    struct {
		Read   int `json:"read"`
		Failed int `json:"failed"`
	} `json:"pages"`

	Edition     *reportedEdition `json:"edition"` // the one that this run cut; null: none
	NextEdition *time.Time       `json:"next_edition,omitempty"`
	Waiting     int              `json:"backlog_articles"` // wanted articles never shown
	BacklogDays int              `json:"backlog_days"`     // how long they last when nothing new comes
	Files       []string         `json:"files"`            // written into the output folder, in order
}

type reportedTrouble struct {
	Source string `json:"source"` // its address, credentials masked
	Name   string `json:"name"`
	What   string `json:"what"` // failing, gone, salvaged, moved, unlinked, full, rebound, hub, unreadable (the output folder), clock
	Why    string `json:"why"`
}

type reportedEdition struct {
	Day     broadsheet.Day `json:"day"`
	Number  int            `json:"number"`
	Picks   int            `json:"picks"`
	Backlog int            `json:"backlog"` // of the picks: from the backlog
}

// toJSON is the report for a machine.
func (r *Report) toJSON() RunReport {
	m := RunReport{Version: Version(), Command: r.command, Began: r.began.UTC(), Ended: r.ended.UTC(), Seconds: r.Took.Seconds(),
		Stages: map[string]float64{}, Status: r.Status, Error: console.Printable(r.failure), Summary: r.summary(),
		Troubles: []reportedTrouble{}, Articles: r.Articles, NextEdition: When(r.Next.UTC()),
		Waiting: r.waiting, BacklogDays: r.backlogDays, Files: slices.Concat([]string{}, r.files)}
	for _, s := range r.stages {
		m.Stages[s.name] = s.took.Seconds()
	}
	m.Sources.Total, m.Sources.Unchanged, m.Sources.New = r.sources, r.Unchanged, r.Fresh
	m.Sources.Failing, m.Sources.Resting = r.Failing, r.resting
	m.Pages.Read, m.Pages.Failed = r.Pages-r.PagesFailed, r.PagesFailed
	for _, t := range r.trouble {
		m.Troubles = append(m.Troubles, reportedTrouble{console.Printable(t.source), console.Printable(t.name), t.what, console.Printable(t.why)})
	}
	if e := r.Edition; e != nil {
		m.Edition = &reportedEdition{Day: e.Day, Number: e.Number, Picks: len(e.Picks)}
		for _, p := range e.Picks {
			if p.Backlog {
				m.Edition.Backlog++
			}
		}
	}
	return m
}

// stage is a part of a run and how long it took.
type stage struct {
	name string
	took time.Duration
}

// timed does a part of the work and notes how long it took in real time, whatever time the run believes in.
func (r *Report) timed(name string, work func() error) error {
	began := time.Now()
	err := work()
	r.stages = append(r.stages, stage{name, time.Since(began)})
	return err
}

// close notes how the run ended.
func (r *Report) close(ctx context.Context, err error, now time.Time, took time.Duration) {
	r.ended, r.Took = now, took
	r.Status = statusOf(ctx, err)
	if err != nil {
		r.failure = err.Error()
	}
}

// statusOf is the exit status that an error leads to.
func statusOf(ctx context.Context, err error) int {
	var e *console.ExitError
	switch {
	case err == nil:
		return console.ExitDone
	case ctx.Err() != nil:
		return console.ExitInterrupted
	case errors.As(err, &e):
		return e.Status
	}
	return console.ExitFailed
}

// deliver writes the report to where --report and --metrics want it.
func (r *Report) deliver(o Options) error {
	var errs []error
	if o.ReportFile != "" {
		text, err := json.MarshalIndent(r.toJSON(), "", "  ")
		if err == nil {
			err = files.Replace(o.ReportFile, append([]byte(o.Secrets().Text(string(text))), '\n'))
		}
		errs = append(errs, err)
	}
	if o.MetricsFile != "" {
		errs = append(errs, files.Replace(o.MetricsFile, MetricsText(r.Metrics())))
	}
	return errors.Join(errs...)
}

// When leaves out a time that was not told.
func When(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
