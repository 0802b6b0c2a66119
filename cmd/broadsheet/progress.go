package main

import (
	"io"
	"os"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress shows a person at a terminal how far a run is. A nil *progress shows nothing.
type progress struct {
	to  io.Writer
	bar *progressbar.ProgressBar
}

// progress is nil where nobody looks on.
func (a *app) progress() *progress {
	if a.quiet || a.logFormat != "" || !isTerminal(a.stderr) {
		return nil
	}
	return &progress{to: a.stderr}
}

// stage begins a part of the work that has so many steps.
func (p *progress) stage(name string, steps int) {
	if p == nil || steps == 0 {
		return
	}
	p.done()
	p.bar = progressbar.NewOptions(steps,
		progressbar.OptionSetWriter(p.to),
		progressbar.OptionSetDescription(name),
		progressbar.OptionShowCount(),
		progressbar.OptionSetPredictTime(false),
		progressbar.OptionFullWidth(),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSetTheme(progressbar.ThemeASCII),
	)
}

// add counts steps done.
func (p *progress) add(steps int) {
	if p != nil && p.bar != nil {
		_ = p.bar.Add(steps)
	}
}

// done clears the bar.
func (p *progress) done() {
	if p != nil && p.bar != nil {
		_ = p.bar.Clear()
		p.bar = nil
	}
}

// isTerminal tells whether a person sees what is written to w.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
