package console

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// Progress shows a person at a terminal how far a run is, and whom it waits for. A nil *progress shows nothing.
type Progress struct {
	to io.Writer

	mu      sync.Mutex
	bar     *progressbar.ProgressBar
	name    string
	waiting []string // for whom, those that it waited for longest first
}

// Progress is nil where nobody looks on.
func (c *Console) Progress() *Progress {
	if !c.Interactive() {
		return nil
	}
	return &Progress{to: Unredacted(c.Stderr)} // a bar is no line, and holds names alone
}

// Interactive reports whether a person at a terminal reads what is printed, and wants more than what must be looked at.
func (c *Console) Interactive() bool { return !c.Quiet && c.LogFormat == "" && c.OnTerminal() }

// OnTerminal reports whether standard error is a terminal.
func (c *Console) OnTerminal() bool { return c.Terminal || isTerminal(c.Stderr) }

// Stage begins a part of the work that has so many steps.
func (p *Progress) Stage(name string, steps int) {
	if p == nil || steps == 0 {
		return
	}
	p.Done()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.name = name
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

// Add counts steps done.
func (p *Progress) Add(steps int) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Add(steps)
	}
}

// WaitFor notes that the work waits for somebody, until the function that it returns is called.
func (p *Progress) WaitFor(name string) (came func()) {
	if p == nil {
		return func() {}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting = append(p.waiting, name)
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if at := slices.Index(p.waiting, name); at >= 0 {
			p.waiting = slices.Delete(p.waiting, at, at+1)
		}
		if p.bar != nil {
			p.bar.Describe(p.name + waitedFor(p.waiting))
		}
	}
}

// waitedFor names those that are waited for when they have become few: they are the slow ones.
func waitedFor(names []string) string {
	const few, most = 8, 2
	switch n := len(names); {
	case n == 0 || n > few:
		return ""
	case n > most:
		return fmt.Sprintf(", waiting for %s and %d more", Printable(strings.Join(names[:most], ", ")), n-most)
	default:
		return ", waiting for " + Printable(strings.Join(names, " and "))
	}
}

// Done clears the bar.
func (p *Progress) Done() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Clear()
		p.bar = nil
	}
}

// isTerminal tells whether a person sees what is written to w.
func isTerminal(w io.Writer) bool {
	f, ok := Unredacted(w).(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
