package pipeline

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"broadsheet/cmd/internal/console"
)

// Metric is a number that Prometheus keeps, in its text format. Names stay: dashboards and alarms rely on them.
type Metric struct {
	Name, Kind, Help string
	Samples          []Sample
}

// Sample is a metric's value, by label where it has one.
type Sample struct {
	label, of string
	Value     float64
}

func gauge(name, help string, value float64) Metric {
	return Metric{name, "gauge", help, []Sample{{Value: value}}}
}

// By is a metric with a value for each of what it counts.
func By(kind, name, help, label string, values map[string]float64) Metric {
	m := Metric{Name: name, Kind: kind, Help: help}
	for of, v := range values {
		m.Samples = append(m.Samples, Sample{label, of, v})
	}
	slices.SortFunc(m.Samples, func(x, y Sample) int { return strings.Compare(x.of, y.of) })
	return m
}

// escapeLabel is how a label's value is written.
var escapeLabel = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// MetricsText writes metrics in the text format 0.0.4, a textfile collector's and a scraper's alike.
func MetricsText(all []Metric) []byte {
	var b bytes.Buffer
	for _, m := range all {
		fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %s %s\n", m.Name, m.Help, m.Name, m.Kind)
		for _, s := range m.Samples {
			b.WriteString(m.Name)
			if s.label != "" {
				fmt.Fprintf(&b, "{%s=\"%s\"}", s.label, escapeLabel.Replace(s.of))
			}
			b.WriteString(" " + strconv.FormatFloat(s.Value, 'f', -1, 64) + "\n")
		}
	}
	return b.Bytes()
}

// seconds is a time as Prometheus has it; 0: never.
func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}

// Metrics are the run's.
func (r *Report) Metrics() []Metric {
	stages := map[string]float64{}
	for _, s := range r.stages {
		stages[s.name] = s.took.Seconds()
	}
	success := 0.0
	if r.Status == console.ExitDone {
		success = 1
	}
	return []Metric{
		gauge("broadsheet_run_success", "1 when the last run did its job, 0 when it could not.", success),
		gauge("broadsheet_run_status", "Exit status of the last run.", float64(r.Status)),
		gauge("broadsheet_run_timestamp_seconds", "When the last run ended.", seconds(r.ended)),
		gauge("broadsheet_run_duration_seconds", "How long the last run took.", r.Took.Seconds()),
		By("gauge", "broadsheet_stage_duration_seconds", "How long each stage of the last run took.", "stage", stages),
		By("gauge", "broadsheet_sources", "Sources of feeds.yaml by what came of them in the last run.", "outcome", map[string]float64{
			"unchanged": float64(r.Unchanged), "new": float64(r.Fresh), "failing": float64(r.Failing), "resting": float64(r.resting)}),
		gauge("broadsheet_articles_new", "Articles that the last run found.", float64(r.Articles)),
		By("gauge", "broadsheet_pages", "Articles' pages that the last run asked for.", "outcome", map[string]float64{
			"read": float64(r.Pages - r.PagesFailed), "failed": float64(r.PagesFailed)}),
		gauge("broadsheet_files_written", "Files of the output that the last run wrote.", float64(len(r.files))),
		gauge("broadsheet_edition_timestamp_seconds", "When the latest edition was cut; 0: there is none.", seconds(r.lastEdition)),
		gauge("broadsheet_edition_picks", "Articles in the latest edition.", float64(r.lastPicks)),
		gauge("broadsheet_edition_next_timestamp_seconds", "When the next edition is due.", seconds(r.Next)),
		gauge("broadsheet_backlog_articles", "Wanted articles that were never shown.", float64(r.waiting)),
		gauge("broadsheet_backlog_days", "Days that they last when nothing new comes.", float64(r.backlogDays)),
	}
}
