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

// Metric is a metric for Prometheus. Names never change: dashboards and alerts rely on them.
type Metric struct {
	Name, Kind, Help string // Kind: gauge or counter
	Samples          []Sample
}

// Sample is a value of a metric, with at most one label.
type Sample struct {
	label, labelValue string // empty: no label
	Value             float64
}

func gauge(name, help string, value float64) Metric {
	return Metric{name, "gauge", help, []Sample{{Value: value}}}
}

// MetricByLabel returns a metric with one sample for each element of values, whose keys are the values of the label.
func MetricByLabel(kind, name, help, label string, values map[string]float64) Metric {
	m := Metric{Name: name, Kind: kind, Help: help}
	for labelValue, v := range values {
		m.Samples = append(m.Samples, Sample{label, labelValue, v})
	}
	slices.SortFunc(m.Samples, func(x, y Sample) int { return strings.Compare(x.labelValue, y.labelValue) })
	return m
}

// escapeLabelValue escapes the value of a label for the text format.
var escapeLabelValue = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// MetricsText encodes metrics in the text format of Prometheus, version 0.0.4, for a scraper or for the textfile
// collector of node_exporter.
func MetricsText(all []Metric) []byte {
	var b bytes.Buffer
	for _, m := range all {
		fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %s %s\n", m.Name, m.Help, m.Name, m.Kind)
		for _, s := range m.Samples {
			b.WriteString(m.Name)
			if s.label != "" {
				fmt.Fprintf(&b, "{%s=\"%s\"}", s.label, escapeLabelValue.Replace(s.labelValue))
			}
			b.WriteString(" " + strconv.FormatFloat(s.Value, 'f', -1, 64) + "\n")
		}
	}
	return b.Bytes()
}

// unixSeconds returns a time as Prometheus stores it, in seconds since 1970; 0 for the zero time.
func unixSeconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}

// Metrics returns the metrics of the run.
func (r *Report) Metrics() []Metric {
	success := 0.0
	if r.Status == console.ExitDone {
		success = 1
	}
	return []Metric{
		gauge("broadsheet_run_success", "1 when the last run did its job, 0 when it could not.", success),
		gauge("broadsheet_run_status", "Exit status of the last run.", float64(r.Status)),
		gauge("broadsheet_run_timestamp_seconds", "When the last run ended.", unixSeconds(r.ended)),
		gauge("broadsheet_run_duration_seconds", "How long the last run took.", r.Took.Seconds()),
		MetricByLabel("gauge", "broadsheet_stage_duration_seconds", "How long each stage of the last run took.", "stage", r.stages),
		MetricByLabel("gauge", "broadsheet_sources", "Sources of feeds.yaml by what came of them in the last run.", "outcome", map[string]float64{
			"unchanged": float64(r.Sources.Unchanged), "new": float64(r.Sources.New),
			"failing": float64(r.Sources.Failing), "resting": float64(r.Sources.Resting)}),
		MetricByLabel("gauge", "broadsheet_source_states", "Sources by the states that they are in; one can be in several.", "state", r.stateCounts()),
		gauge("broadsheet_articles_new", "Articles that the last run found.", float64(r.Articles)),
		MetricByLabel("gauge", "broadsheet_pages", "Articles' pages that the last run asked for.", "outcome", map[string]float64{
			"read": float64(r.Pages.Read), "failed": float64(r.Pages.Failed)}),
		gauge("broadsheet_files_written", "Files of the output that the last run wrote.", float64(len(r.files))),
		gauge("broadsheet_edition_timestamp_seconds", "When the latest edition was cut; 0: there is none.", unixSeconds(r.lastEdition)),
		gauge("broadsheet_edition_picks", "Articles in the latest edition.", float64(r.lastPicks)),
		gauge("broadsheet_edition_next_timestamp_seconds", "When the next edition is due.", unixSeconds(r.Next)),
		gauge("broadsheet_backlog_articles", "Wanted articles that were never shown.", float64(r.waiting)),
		gauge("broadsheet_backlog_days", "Days that they last when nothing new comes.", float64(r.backlogDays)),
	}
}
