// Package server is `broadsheet serve`: it runs the pipeline whenever a source or an edition is due, and serves the output
// folder over HTTP.
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

// What a client may cost. Files are small: whoever takes longer is in no hurry, or means harm.
const (
	maxConnections  = 512
	maxHeader       = 16 << 10
	headerTime      = 5 * time.Second
	requestTime     = 10 * time.Second
	answerTime      = time.Minute
	idleTime        = 30 * time.Second // where there is room; where there is none, it ends when its place is needed (connLimiter)
	shutdownTimeout = 10 * time.Second // for answers that are under way when it is to end
)

// Serve runs until ctx ends.
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
	web := &http.Server{Handler: s.Handler(), ReadHeaderTimeout: headerTime, ReadTimeout: requestTime, WriteTimeout: answerTime,
		IdleTimeout: idleTime, MaxHeaderBytes: maxHeader} // it logs as all libraries do, see libraryLog
	limitConns(web)
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := web.Serve(newConnLimiter(listener, maxConnections, time.Now)); !errors.Is(err, http.ErrServerClosed) {
			stop(fmt.Errorf("the server at %s stopped: %w", listen, err))
		}
	})
	s.Event(slog.LevelInfo, "serving", "address", "http://"+listener.Addr().String()+"/", "folder", s.Out)

	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	serving.Go(func() {
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

	leaving, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if err := web.Shutdown(leaving); err != nil {
		_ = web.Close()
	}
	serving.Wait()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	s.Event(slog.LevelInfo, "stopped")
	return nil
}

// Server is a program that runs all day.
type Server struct {
	pipeline.Options                                      // of each run; Load is the server's own
	Feeds            string                               // path of feeds.yaml
	LoadConfig       func() (config.Config, error)        // reads it
	Sleep            func(context.Context, time.Duration) // nil: the machine's clock

	changed chan struct{} // feeds.yaml is another

	mu     sync.Mutex        // of all below
	config config.Config     // in force
	file   fileState         // of feeds.yaml as it was last looked at
	hash   [sha256.Size]byte // of its text in force
	last   *pipeline.Report  // of the last round; nil: none has ended
	failed error             // why the last round could not be done
	totals totals
	served statusCounts // locks itself
}

// runLoop does one round after the other, each when it is time.
func (s *Server) runLoop(ctx context.Context) {
	for ctx.Err() == nil {
		s.run(ctx)
		if ctx.Err() != nil {
			return
		}
		s.mu.Lock()
		at, why := schedule.Wake(s.Now(), s.config.Sources, s.last.Visits, s.next())
		s.mu.Unlock()
		s.Event(slog.LevelDebug, "waiting", "until", at, "why", why)
		s.wait(ctx, at)
	}
}

// next returns when the next edition is due: as the last round knows it, else as feeds.yaml says.
func (s *Server) next() time.Time {
	if s.last.Next.IsZero() { // it did not come so far
		return s.config.Edition.Next(s.Now(), func(broadsheet.Day) bool { return false })
	}
	return s.last.Next
}

// run is one: with the feeds.yaml that is in force at its beginning.
func (s *Server) run(ctx context.Context) {
	s.mu.Lock()
	config := s.config
	s.mu.Unlock()
	o := s.Options
	o.Load = func() (*edition.Composer, error) { return edition.NewComposer(config), nil }
	rep, err := o.Do(ctx, pipeline.Plan{Fetch: true, Publish: true})
	if console.IsPrinted(err) { // an outage: what is published is served as ever, and there is nothing that a new start would mend
		err = nil
	}
	if err != nil && ctx.Err() == nil {
		s.Event(slog.LevelError, "round failed", "error", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.totals.add(rep)
	if rep.Visits == nil && s.last != nil {
		rep.Visits = s.last.Visits
	}
	s.last, s.failed = rep, err
}

// lookEvery is how often feeds.yaml and the clock are looked at: a timer alone would miss a clock that is set, and a
// machine that slept.
const lookEvery = 5 * time.Second

// wait returns when it is that time, when feeds.yaml has changed, or when ctx ends.
func (s *Server) wait(ctx context.Context, until time.Time) {
	for ctx.Err() == nil && s.Now().Before(until) {
		s.sleepUntilChange(ctx, min(lookEvery, until.Sub(s.Now())))
		s.reloadIfChanged()
		select {
		case <-s.changed:
			return
		default:
		}
	}
}

// sleepUntilChange waits for a while, or until feeds.yaml has changed.
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
		s.wake() // for wait to see
	}
}

// fileState tells whether a file was written to.
type fileState struct {
	at   time.Time
	size int64
	rest bool // it was so the last time too: nobody is in the middle of writing it
}

// reloadIfChanged takes over feeds.yaml when it has changed and has come to rest.
func (s *Server) reloadIfChanged() {
	var now fileState
	if info, err := os.Stat(s.Feeds); err == nil {
		now = fileState{at: info.ModTime(), size: info.Size()}
	}
	s.mu.Lock()
	was := s.file
	now.rest = now.at.Equal(was.at) && now.size == was.size
	s.file = now
	s.mu.Unlock()
	if now.rest && !was.rest {
		s.reload("it has changed")
	}
}

// reload takes over feeds.yaml; a wrong one is told, and the old one stays in force.
func (s *Server) reload(why string) {
	s.mu.Lock()
	before := s.hash
	s.mu.Unlock()
	if _, err := os.Stat(s.Feeds); errors.Is(err, fs.ErrNotExist) {
		s.Event(slog.LevelError, "feeds.yaml is not there any more; what it said stays in force", "file", s.Feeds)
		return
	}
	if err := s.load(); err != nil {
		s.Event(slog.LevelError, "feeds.yaml is wrong; the one before stays in force", "error", err)
		return
	}
	s.mu.Lock()
	same := s.hash == before
	sources := len(s.config.Sources)
	s.mu.Unlock()
	if same {
		return
	}
	s.Event(slog.LevelInfo, "feeds.yaml taken over", "why", why, "sources", sources)
	s.wake()
}

// wake ends the waiting for the next round.
func (s *Server) wake() {
	select {
	case s.changed <- struct{}{}:
	default: // it is ended already
	}
}

// load reads feeds.yaml and puts it in force.
func (s *Server) load() error {
	text, err := files.ReadFeeds(s.Feeds)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s cannot be read: %w", s.Feeds, files.Cause(err))
	}
	config, err := s.LoadConfig()
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.config, s.hash = config, sha256.Sum256(text)
	if s.file.at.IsZero() {
		if info, err := os.Stat(s.Feeds); err == nil {
			s.file = fileState{info.ModTime(), info.Size(), true}
		}
	}
	return nil
}
