package pipeline

import (
	"encoding/json"
	"errors"
	"slices"
	"time"

	"broadsheet"
	"broadsheet/cmd/internal/console"
	"broadsheet/cmd/internal/files"
)

// ReportDocument is the JSON document that --report writes: everything that there is to report about a run. Fields may be
// added, but are never renamed.
type ReportDocument struct {
	Version string             `json:"version"`
	Command string             `json:"command"` // run, fetch, publish or serve
	Began   time.Time          `json:"began"`   // by the clock of the run, as is Ended
	Ended   time.Time          `json:"ended"`
	Seconds float64            `json:"seconds"` // real time
	Stages  map[string]float64 `json:"stages"`  // name → seconds
	Status  int                `json:"status"`  // exit status
	Error   string             `json:"error,omitempty"`
	Summary string             `json:"summary"` // the last line that the run prints

	Sources  SourceCounts      `json:"sources"`
	Troubles []reportedTrouble `json:"troubles"` // what the maintainer should look at, by name of the source

	Articles int        `json:"articles_new"`
	Pages    PageCounts `json:"pages"`

	Edition     *reportedEdition `json:"edition"` // the edition that this run composed; null: none
	NextEdition *time.Time       `json:"next_edition,omitempty"`
	Waiting     int              `json:"backlog_articles"` // wanted articles that were never shown
	BacklogDays int              `json:"backlog_days"`     // how many days they last if nothing new comes
	Files       []string         `json:"files"`            // paths that were written in the output folder, in order
}

type reportedTrouble struct {
	Source string `json:"source"` // its address, without secrets
	Name   string `json:"name"`
	What   string `json:"what"` // of a source: failing, gone, salvaged, moved, unlinked, full, rebound or quarantined; hub, unreadable, clock
	Why    string `json:"why"`
}

type reportedEdition struct {
	Day     broadsheet.Day `json:"day"`
	Number  int            `json:"number"`
	Picks   int            `json:"picks"`
	Backlog int            `json:"backlog"` // of the picks: those from the backlog
}

// toJSON returns the report as the document for --report.
func (r *Report) toJSON() ReportDocument {
	d := ReportDocument{
		Version: Version(), Command: r.command, Began: r.began.UTC(), Ended: r.ended.UTC(), Seconds: r.Took.Seconds(),
		Stages: r.stages, Status: r.Status, Error: console.Printable(r.failure), Summary: r.summary(),
		Sources: r.Sources, Troubles: []reportedTrouble{}, Articles: r.Articles, Pages: r.Pages,
		NextEdition: OptionalTime(r.Next), Waiting: r.waiting, BacklogDays: r.backlogDays,
		Files: slices.Concat([]string{}, r.files), // [] rather than null
	}
	for _, w := range r.warnings {
		d.Troubles = append(d.Troubles, reportedTrouble{Source: console.Printable(w.source), Name: console.Printable(w.name),
			What: w.kind, Why: console.Printable(w.why)})
	}
	if e := r.Edition; e != nil {
		d.Edition = &reportedEdition{Day: e.Day, Number: e.Number, Picks: len(e.Picks)}
		for _, p := range e.Picks {
			if p.Backlog {
				d.Edition.Backlog++
			}
		}
	}
	return d
}

// writeFiles writes the report and the metrics to the files that --report and --metrics name.
func (r *Report) writeFiles(o Options) error {
	var errs []error
	if o.ReportFile != "" {
		text, err := json.MarshalIndent(r.toJSON(), "", "  ")
		if err == nil {
			err = files.Replace(o.ReportFile, append([]byte(o.Secrets().RedactText(string(text))), '\n'))
		}
		errs = append(errs, err)
	}
	if o.MetricsFile != "" {
		errs = append(errs, files.Replace(o.MetricsFile, MetricsText(r.Metrics())))
	}
	return errors.Join(errs...)
}

// OptionalTime returns a time in UTC for an optional field of JSON; nil for the zero time.
func OptionalTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
