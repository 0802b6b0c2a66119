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

// Progress is a progress bar, which also names the sources that the run waits for. A nil *Progress shows nothing. It is
// safe for concurrent use.
type Progress struct {
	w io.Writer

	mu      sync.Mutex
	bar     *progressbar.ProgressBar
	stage   string
	waiting []string // names of sources, the longest waited for first
}

// Progress returns a new progress bar; nil unless Interactive.
func (c *Console) Progress() *Progress {
	if !c.Interactive() {
		return nil
	}
	return &Progress{w: Unredacted(c.Stderr)} // redaction works by lines, and a bar has none; it contains only names
}

// Interactive reports whether a person at a terminal reads the messages, and did not ask for --quiet.
func (c *Console) Interactive() bool { return !c.Quiet && c.LogFormat == "" && c.OnTerminal() }

// OnTerminal reports whether stderr is a terminal.
func (c *Console) OnTerminal() bool { return c.terminal || isTerminal(c.Stderr) }

// Stage starts a new bar for a stage of the run with a number of steps.
func (p *Progress) Stage(name string, steps int) {
	if p == nil || steps == 0 {
		return
	}
	p.Done()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stage = name
	p.bar = progressbar.NewOptions(steps,
		progressbar.OptionSetWriter(p.w),
		progressbar.OptionSetDescription(name),
		progressbar.OptionShowCount(),
		progressbar.OptionSetPredictTime(false),
		progressbar.OptionFullWidth(),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSetTheme(progressbar.ThemeASCII),
	)
}

// Add adds completed steps.
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

// WaitFor shows that the run waits for the source of that name, until done is called.
func (p *Progress) WaitFor(name string) (done func()) {
	if p == nil {
		return func() {}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting = append(p.waiting, name)
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if i := slices.Index(p.waiting, name); i >= 0 {
			p.waiting = slices.Delete(p.waiting, i, i+1)
		}
		if p.bar != nil {
			p.bar.Describe(p.stage + waitingText(p.waiting))
		}
	}
}

// waitingText returns the names of the sources that the run waits for, when there are only a few left: those are the
// slow ones.
func waitingText(names []string) string {
	const few, maxNames = 8, 2
	switch n := len(names); {
	case n == 0 || n > few:
		return ""
	case n > maxNames:
		return fmt.Sprintf(", waiting for %s and %d more", Printable(strings.Join(names[:maxNames], ", ")), n-maxNames)
	default:
		return ", waiting for " + Printable(strings.Join(names, " and "))
	}
}

// Done removes the bar.
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

// isTerminal reports whether w is a terminal, with redaction or without.
func isTerminal(w io.Writer) bool {
	f, ok := Unredacted(w).(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
