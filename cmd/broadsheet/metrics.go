package main

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// metric is a number that Prometheus keeps, in its text format. Names stay: dashboards and alarms rely on them.
type metric struct {
	name, kind, help string
	samples          []sample
}

// sample is a metric's value, by label where it has one.
type sample struct {
	label, of string
	value     float64
}

func gauge(name, help string, value float64) metric {
	return metric{name, "gauge", help, []sample{{value: value}}}
}

// by is a metric with a value for each of what it counts.
func by(kind, name, help, label string, values map[string]float64) metric {
	m := metric{name: name, kind: kind, help: help}
	for of, v := range values {
		m.samples = append(m.samples, sample{label, of, v})
	}
	slices.SortFunc(m.samples, func(x, y sample) int { return strings.Compare(x.of, y.of) })
	return m
}

// escapeLabel is how a label's value is written.
var escapeLabel = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// metricsText writes metrics in the text format 0.0.4, a textfile collector's and a scraper's alike.
func metricsText(all []metric) []byte {
	var b bytes.Buffer
	for _, m := range all {
		fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %s %s\n", m.name, m.help, m.name, m.kind)
		for _, s := range m.samples {
			b.WriteString(m.name)
			if s.label != "" {
				fmt.Fprintf(&b, "{%s=\"%s\"}", s.label, escapeLabel.Replace(s.of))
			}
			b.WriteString(" " + strconv.FormatFloat(s.value, 'f', -1, 64) + "\n")
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

// metrics are the run's.
func (r *report) metrics() []metric {
	stages := map[string]float64{}
	for _, s := range r.stages {
		stages[s.name] = s.took.Seconds()
	}
	success := 0.0
	if r.status == exitDone {
		success = 1
	}
	return []metric{
		gauge("broadsheet_run_success", "1 when the last run did its job, 0 when it could not.", success),
		gauge("broadsheet_run_status", "Exit status of the last run.", float64(r.status)),
		gauge("broadsheet_run_timestamp_seconds", "When the last run ended.", seconds(r.ended)),
		gauge("broadsheet_run_duration_seconds", "How long the last run took.", r.took.Seconds()),
		by("gauge", "broadsheet_stage_duration_seconds", "How long each stage of the last run took.", "stage", stages),
		by("gauge", "broadsheet_sources", "Sources of feeds.yaml by what came of them in the last run.", "outcome", map[string]float64{
			"unchanged": float64(r.unchanged), "new": float64(r.fresh), "failing": float64(r.failing), "resting": float64(r.resting)}),
		gauge("broadsheet_articles_new", "Articles that the last run found.", float64(r.articles)),
		by("gauge", "broadsheet_pages", "Articles' pages that the last run asked for.", "outcome", map[string]float64{
			"read": float64(r.pages - r.pagesFailed), "failed": float64(r.pagesFailed)}),
		gauge("broadsheet_files_written", "Files of the output that the last run wrote.", float64(len(r.files))),
		gauge("broadsheet_edition_timestamp_seconds", "When the latest edition was cut; 0: there is none.", seconds(r.lastEdition)),
		gauge("broadsheet_edition_picks", "Articles in the latest edition.", float64(r.lastPicks)),
		gauge("broadsheet_edition_next_timestamp_seconds", "When the next edition is due.", seconds(r.next)),
		gauge("broadsheet_backlog_articles", "Wanted articles that were never shown.", float64(r.waiting)),
		gauge("broadsheet_backlog_days", "Days that they last when nothing new comes.", float64(r.backlogDays)),
	}
}
