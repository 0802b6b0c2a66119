package main

import (
	"bytes"
	"context"
	"io"
	"slices"
	"sync"

	"broadsheet"
	"broadsheet/internal/link"
	"broadsheet/store"
)

// redactingWriter is standard output or standard error. What a command prints about a source it redacts itself; this is the
// last place that everything passes, so that no secret of feeds.yaml leaves the program where that was forgotten.
type redactingWriter struct {
	to     io.Writer
	redact func(string) string

	mu   sync.Mutex
	line []byte // the beginning of a line that has not ended yet
}

// Write writes all whole lines. A secret never goes over the end of a line.
func (w *redactingWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.line = append(w.line, p...)
	end := bytes.LastIndexByte(w.line, '\n') + 1
	if end == 0 {
		return len(p), nil
	}
	text := w.redact(string(w.line[:end]))
	w.line = append(w.line[:0], w.line[end:]...)
	if _, err := io.WriteString(w.to, text); err != nil {
		return 0, err
	}
	return len(p), nil
}

// flush writes the last line, which has no end.
func (w *redactingWriter) flush() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.line) > 0 {
		_, _ = io.WriteString(w.to, w.redact(string(w.line)))
		w.line = nil
	}
}

// redactOutput puts a redactingWriter before standard output and standard error. flush is to be called at the end.
func (c *Console) redactOutput() (flush func()) {
	out := &redactingWriter{to: c.Stdout, redact: func(text string) string { return c.known().Stored(text) }}
	errs := &redactingWriter{to: c.Stderr, redact: func(text string) string { return c.known().Text(text) }}
	c.Stdout, c.Stderr = out, errs
	return func() {
		out.flush()
		errs.flush()
	}
}

// unredacted is the writer behind a redactingWriter.
func unredacted(w io.Writer) io.Writer {
	if r, ok := w.(*redactingWriter); ok {
		return r.to
	}
	return w
}

// keepSecret notes the sources of feeds.yaml, whose secrets are not to leave the program.
func (c *Console) keepSecret(sources []broadsheet.Source) {
	if c.secrets != nil {
		c.listed = sources
		c.secrets.Store(link.SecretsOf(sources))
	}
}

// keepFormerSecret notes also those that were in feeds.yaml once: what they told is still there.
func (c *Console) keepFormerSecret(ctx context.Context, s *store.Store) error {
	former, err := s.SecretSources(ctx)
	if err != nil || c.secrets == nil {
		return err
	}
	listed := map[string]bool{} // what feeds.yaml says of them is the last word
	for _, s := range c.listed {
		listed[s.ID()] = true
	}
	former = slices.DeleteFunc(former, func(s broadsheet.Source) bool { return listed[s.ID()] })
	c.secrets.Store(link.SecretsOf(append(former, c.listed...)))
	return nil
}

// known are the secrets that were noted.
func (c *Console) known() *link.Secrets {
	if c.secrets == nil {
		return nil
	}
	return c.secrets.Load()
}

// shownID is what a source is called where it goes by its Source.ID.
func (c *Console) shownID(id string) string { return c.known().Text(id) }
