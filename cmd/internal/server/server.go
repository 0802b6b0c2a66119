// Package server implements `broadsheet serve`: it runs the pipeline whenever a source or an edition is due, and serves
// the output folder over HTTP.
package server

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"broadsheet"
	"broadsheet/cmd/internal/console"
	"broadsheet/cmd/internal/files"
	"broadsheet/cmd/internal/pipeline"
	"broadsheet/internal/config"
	"broadsheet/internal/edition"
	"broadsheet/internal/schedule"
)

// Limits on what a client may cost. Files are small, so a client that takes longer is slow on purpose or an attacker.
const (
	maxConnections    = 512
	maxHeaderBytes    = 16 << 10
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 10 * time.Second
	writeTimeout      = time.Minute
	idleTimeout       = 30 * time.Second // if there are too many connections, connLimiter closes idle ones earlier
	shutdownTimeout   = 10 * time.Second // for responses in progress when the server stops
)

// Server runs the pipeline all day and serves the output folder.
type Server struct {
	pipeline.Options                                      // of each run, except Load, which the server replaces
	Feeds            string                               // path of feeds.yaml
	LoadConfig       func() (config.Config, error)        // reads feeds.yaml
	Sleep            func(context.Context, time.Duration) // for tests with their own clock; nil: real time

	changed chan struct{} // receives a value when a changed feeds.yaml is in force

	mu         sync.Mutex // protects the fields below
	config     config.Config
	file       fileState         // of feeds.yaml when it was last checked
	hash       [sha256.Size]byte // of the text of feeds.yaml that config was read from
	lastReport *pipeline.Report  // of the last run; nil: none has ended
	lastErr    error             // why the last run failed; nil: it did not
	totals     totals

	responses statusCounts
}

// Serve listens on the address, and runs the pipeline and serves the output until ctx ends.
func (s *Server) Serve(ctx context.Context, listen string) error {
	s.changed = make(chan struct{}, 1)
	if err := s.load(); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		var op *net.OpError
		if errors.As(err, &op) {
			err = op.Err
		}
		return fmt.Errorf("cannot listen at %s: %w; name another address with --listen", listen, err)
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	web := &http.Server{Handler: s.Handler(), ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes} // it logs with the log package: see console's libraryLog
	trackRequests(web)
	var background sync.WaitGroup
	background.Go(func() {
		if err := web.Serve(newConnLimiter(listener, maxConnections, time.Now)); !errors.Is(err, http.ErrServerClosed) {
			stop(fmt.Errorf("the server at %s stopped: %w", listen, err))
		}
	})
	s.LogEvent(slog.LevelInfo, "serving", "address", "http://"+listener.Addr().String()+"/", "folder", s.Out)

	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	background.Go(func() {
		for {
			select {
			case <-hangup:
				s.reload("SIGHUP")
			case <-ctx.Done():
				return
			}
		}
	})
	s.runLoop(ctx)

	shutdownCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if err := web.Shutdown(shutdownCtx); err != nil {
		_ = web.Close()
	}
	background.Wait()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	s.LogEvent(slog.LevelInfo, "stopped")
	return nil
}

// runLoop runs the pipeline whenever a source or an edition is due, until ctx ends.
func (s *Server) runLoop(ctx context.Context) {
	for ctx.Err() == nil {
		s.run(ctx)
		if ctx.Err() != nil {
			return
		}
		s.mu.Lock()
		at, why := schedule.NextWake(s.Now(), s.config.Sources, s.lastReport.Visits, s.nextEdition())
		if retry := s.lastReport.Retry; !retry.IsZero() && retry.Before(at) {
			at, why = retry, "a webhook is tried again"
		}
		s.mu.Unlock()
		s.LogEvent(slog.LevelDebug, "waiting", "until", at, "why", why)
		s.wait(ctx, at)
	}
}

// nextEdition returns when the next edition is due, from the last run or, if that failed too early to know, from the
// rules of feeds.yaml.
func (s *Server) nextEdition() time.Time {
	if s.lastReport.Next.IsZero() {
		return s.config.Edition.Next(s.Now(), func(broadsheet.Day) bool { return false })
	}
	return s.lastReport.Next
}

// run runs the pipeline once. A feeds.yaml that changes meanwhile is used by the next run.
func (s *Server) run(ctx context.Context) {
	s.mu.Lock()
	config := s.config
	s.mu.Unlock()
	o := s.Options
	o.Load = func() (*edition.Composer, error) { return edition.NewComposer(config), nil }
	report, err := o.Run(ctx, pipeline.Plan{Fetch: true, Publish: true})
	if console.IsPrinted(err) { // an outage of the network: the site is still served, and a restart would not help
		err = nil
	}
	if err != nil && ctx.Err() == nil {
		s.LogEvent(slog.LevelError, "round failed", "error", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.totals.add(report)
	if report.Visits == nil && s.lastReport != nil {
		report.Visits = s.lastReport.Visits
	}
	s.lastReport, s.lastErr = report, err
}

// pollInterval is how often feeds.yaml and the clock are checked: a single timer would be late after the clock was set
// or the machine was suspended.
const pollInterval = 5 * time.Second

// wait returns at a given time, when a changed feeds.yaml is in force, or when ctx ends.
func (s *Server) wait(ctx context.Context, until time.Time) {
	for ctx.Err() == nil && s.Now().Before(until) {
		s.sleepUntilChange(ctx, min(pollInterval, until.Sub(s.Now())))
		s.reloadIfChanged()
		select {
		case <-s.changed:
			return
		default:
		}
	}
}

// sleepUntilChange waits for d, until a changed feeds.yaml is in force, or until ctx ends.
func (s *Server) sleepUntilChange(ctx context.Context, d time.Duration) {
	if s.Sleep != nil {
		s.Sleep(ctx, d)
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	case <-s.changed:
		s.wake() // wait receives it again
	}
}

// fileState is what shows whether a file was written to.
type fileState struct {
	modTime time.Time
	size    int64
	stable  bool // it was the same at the check before, so that nobody is writing it right now
}

// reloadIfChanged reloads feeds.yaml if it has changed and is stable again.
func (s *Server) reloadIfChanged() {
	var now fileState
	if info, err := os.Stat(s.Feeds); err == nil {
		now = fileState{modTime: info.ModTime(), size: info.Size()}
	}
	s.mu.Lock()
	before := s.file
	now.stable = now.modTime.Equal(before.modTime) && now.size == before.size
	s.file = now
	s.mu.Unlock()
	if now.stable && !before.stable {
		s.reload("it has changed")
	}
}

// reload reads feeds.yaml and puts it in force. If that fails, it logs an error and the old one stays in force.
func (s *Server) reload(why string) {
	s.mu.Lock()
	oldHash := s.hash
	s.mu.Unlock()
	if _, err := os.Stat(s.Feeds); errors.Is(err, fs.ErrNotExist) {
		s.LogEvent(slog.LevelError, "feeds.yaml is not there any more; what it said stays in force", "file", s.Feeds)
		return
	}
	if err := s.load(); err != nil {
		s.LogEvent(slog.LevelError, "feeds.yaml is wrong; the one before stays in force", "error", err)
		return
	}
	s.mu.Lock()
	same := s.hash == oldHash
	sources := len(s.config.Sources)
	s.mu.Unlock()
	if same {
		return
	}
	s.LogEvent(slog.LevelInfo, "feeds.yaml taken over", "why", why, "sources", sources)
	s.wake()
}

// wake makes wait return.
func (s *Server) wake() {
	select {
	case s.changed <- struct{}{}:
	default: // it will return already
	}
}

// load reads feeds.yaml and puts it in force.
func (s *Server) load() error {
	text, err := files.ReadFeeds(s.Feeds)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s cannot be read: %w", s.Feeds, files.WithoutPath(err))
	}
	config, err := s.LoadConfig()
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.config, s.hash = config, sha256.Sum256(text)
	if s.file.modTime.IsZero() {
		if info, err := os.Stat(s.Feeds); err == nil {
			s.file = fileState{info.ModTime(), info.Size(), true}
		}
	}
	return nil
}
