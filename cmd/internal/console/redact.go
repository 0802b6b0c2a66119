package console

import (
	"bytes"
	"context"
	"io"
	"slices"
	"sync"

	"broadsheet"
	"broadsheet/internal/config"
	"broadsheet/internal/link"
	"broadsheet/store"
)

// redactingWriter is stdout or stderr. Commands redact what they print about a source; this writer does it again for
// everything, so that no secret of feeds.yaml leaves the program where a command has forgotten it.
type redactingWriter struct {
	w      io.Writer
	redact func(string) string

	mu   sync.Mutex
	line []byte // the beginning of a line that has not ended yet
}

// Write writes all complete lines and keeps the rest for the next call. A secret contains no line break, so whole lines
// are enough to find it.
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
	if _, err := io.WriteString(w.w, text); err != nil {
		return 0, err
	}
	return len(p), nil
}

// flush writes an incomplete last line.
func (w *redactingWriter) flush() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.line) > 0 {
		_, _ = io.WriteString(w.w, w.redact(string(w.line)))
		w.line = nil
	}
}

// RedactOutput makes Stdout and Stderr redact secrets. flush must be called when the program ends.
func (c *Console) RedactOutput() (flush func()) {
	out := &redactingWriter{w: c.Stdout, redact: func(text string) string { return c.Secrets().RedactStored(text) }}
	errs := &redactingWriter{w: c.Stderr, redact: func(text string) string { return c.Secrets().RedactText(text) }}
	c.Stdout, c.Stderr = out, errs
	return func() {
		out.flush()
		errs.flush()
	}
}

// Unredacted returns the underlying writer of Stdout or Stderr after RedactOutput; any other w is returned as it is.
func Unredacted(w io.Writer) io.Writer {
	if r, ok := w.(*redactingWriter); ok {
		return r.w
	}
	return w
}

// RedactSecretsOf sets the sources of feeds.yaml, whose secrets are redacted from now on, and so are the addresses of its
// webhooks.
func (c *Console) RedactSecretsOf(sources []broadsheet.Source, webhooks []config.Webhook) {
	if c.secrets == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Sources, c.former = sources, nil
	for _, w := range webhooks {
		c.addAddress(w.URL)
	}
	c.updateSecrets()
}

// RedactAddress also redacts an address that is secret as a whole: that of a webhook, which feeds.yaml does not hold itself.
func (c *Console) RedactAddress(address string) {
	if c.secrets == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.addAddress(address)
	c.updateSecrets()
}

func (c *Console) addAddress(address string) {
	if address != "" && !slices.Contains(c.addresses, address) {
		c.addresses = append(c.addresses, address)
	}
}

func (c *Console) updateSecrets() {
	c.secrets.Store(link.NewSecrets(slices.Concat(c.former, c.Sources), c.addresses...))
}

// RedactFormerSecrets also redacts the secrets of sources that were in feeds.yaml earlier: the store still contains
// articles of them.
func (c *Console) RedactFormerSecrets(ctx context.Context, s *store.Store) error {
	former, err := s.SecretSources(ctx)
	if err != nil || c.secrets == nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	listed := map[string]bool{} // for these, only the secrets that feeds.yaml has now count
	for _, s := range c.Sources {
		listed[s.ID()] = true
	}
	c.former = slices.DeleteFunc(former, func(s broadsheet.Source) bool { return listed[s.ID()] })
	c.updateSecrets()
	return nil
}

// Secrets returns the secrets that are redacted; nil before feeds.yaml is read.
func (c *Console) Secrets() *link.Secrets {
	if c.secrets == nil {
		return nil
	}
	return c.secrets.Load()
}

// RedactID returns a Source.ID without secrets, to show it.
func (c *Console) RedactID(id string) string { return c.Secrets().RedactText(id) }
