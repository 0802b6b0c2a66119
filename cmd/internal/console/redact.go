package console

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

// RedactOutput puts a redactingWriter before standard output and standard error. flush is to be called at the end.
func (c *Console) RedactOutput() (flush func()) {
	out := &redactingWriter{to: c.Stdout, redact: func(text string) string { return c.Secrets().Stored(text) }}
	errs := &redactingWriter{to: c.Stderr, redact: func(text string) string { return c.Secrets().Text(text) }}
	c.Stdout, c.Stderr = out, errs
	return func() {
		out.flush()
		errs.flush()
	}
}

// Unredacted is the writer behind a redactingWriter.
func Unredacted(w io.Writer) io.Writer {
	if r, ok := w.(*redactingWriter); ok {
		return r.to
	}
	return w
}

// KeepSecretsOf notes the sources of feeds.yaml, whose secrets are not to leave the program.
func (c *Console) KeepSecretsOf(sources []broadsheet.Source) {
	if c.secrets != nil {
		c.Listed = sources
		c.secrets.Store(link.SecretsOf(sources))
	}
}

// KeepFormerSecrets notes also those that were in feeds.yaml once: what they told is still there.
func (c *Console) KeepFormerSecrets(ctx context.Context, s *store.Store) error {
	former, err := s.SecretSources(ctx)
	if err != nil || c.secrets == nil {
		return err
	}
	listed := map[string]bool{} // what feeds.yaml says of them is the last word
	for _, s := range c.Listed {
		listed[s.ID()] = true
	}
	former = slices.DeleteFunc(former, func(s broadsheet.Source) bool { return listed[s.ID()] })
	c.secrets.Store(link.SecretsOf(append(former, c.Listed...)))
	return nil
}

// Secrets are the secrets that were noted.
func (c *Console) Secrets() *link.Secrets {
	if c.secrets == nil {
		return nil
	}
	return c.secrets.Load()
}

// DisplayID is what a source is called where it goes by its Source.ID.
func (c *Console) DisplayID(id string) string { return c.Secrets().Text(id) }
