package pipeline

import (
	"cmp"
	"encoding/json"
	"errors"
	"runtime/debug"
	"slices"
	"time"

	"broadsheet"
	"broadsheet/cmd/internal/console"
	"broadsheet/cmd/internal/files"
	"broadsheet/internal/config"
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
	States   []reportedState   `json:"states"`   // of the sources that are not fine
	Events   []reportedEvent   `json:"events"`   // what began and ended, as in health.xml, since the last run

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
	What   string `json:"what"` // of a source: failing, blocked, gone, salvaged, moved, truncated, unlinked, full, rebound or quarantined; hub, webhook, unreadable, clock
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
		Sources: r.Sources, Troubles: []reportedTrouble{}, States: r.states(), Events: []reportedEvent{}, Articles: r.Articles, Pages: r.Pages,
		NextEdition: OptionalTime(r.Next), Waiting: r.waiting, BacklogDays: r.backlogDays,
		Files: slices.Concat([]string{}, r.files), // [] rather than null
	}
	for _, w := range r.warnings {
		d.Troubles = append(d.Troubles, reportedTrouble{Source: console.Printable(w.source), Name: console.Printable(w.name),
			What: w.kind, Why: console.Printable(w.why)})
	}
	for _, e := range r.events {
		d.Events = append(d.Events, reportedEvent{console.Printable(e.Source), console.Printable(e.Name), e.Kind, e.At.UTC(), console.Printable(e.Text)})
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

// Version returns the version of the module, or the commit that the program was built from, or "" if neither is known.
// It is a valid product version in a User-Agent header (RFC 9110, section 10.1.5).
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

// userAgent returns the User-Agent of all requests: the program, its version, and a contact address for the sites.
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
