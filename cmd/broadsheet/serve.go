package main

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
	"broadsheet/internal/config"
	"broadsheet/internal/schedule"

	"github.com/spf13/cobra"
)

func (a *app) serveCommand() *cobra.Command {
	var listen string
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run all day: ask sources when they are due, cut the edition on time, and serve the output over HTTP",
		Long: "serve does what run does, all day: it asks each source when it is due, cuts the edition at its time, and serves the\n" +
			"output. A changed feeds.yaml is taken over at once, and on SIGHUP; a wrong one is told, and the old one stays in force.\n" +
			"Beside the output there are /healthz and /metrics.",
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if a.at != "" {
				return wrong(errors.New("serve needs a clock that goes, and --now stands still; leave it out"))
			}
			if a.logFormat == "" {
				a.logFormat = "text"
				log, err := a.logger()
				if err != nil {
					return err
				}
				a.log = log
			}
			// The lock is held for life, not by the round: a run of cron beside it is told at once that there is a server at
			// work, in place of taking turns with it by chance.
			return a.locked(func() error { return a.serve(c.Context(), listen) })
		},
	}
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:8080", "`address` to serve at; :8080 is every address of this machine")
	return a.reporting(c)
}

// What a client may cost. Files are small: whoever takes longer is in no hurry, or means harm.
const (
	maxConnections = 512
	maxHeader      = 16 << 10
	headerTime     = 5 * time.Second
	requestTime    = 10 * time.Second
	answerTime     = time.Minute
	idleTime       = 30 * time.Second // where there is room; where there is none, it ends when its place is needed (connLimiter)
	farewell       = 10 * time.Second // for answers that are under way when it is to end
)

// serve runs until ctx ends.
func (a *app) serve(ctx context.Context, listen string) error {
	s := &server{app: a, changed: make(chan struct{}, 1)}
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
	web := &http.Server{Handler: s.handler(), ReadHeaderTimeout: headerTime, ReadTimeout: requestTime, WriteTimeout: answerTime,
		IdleTimeout: idleTime, MaxHeaderBytes: maxHeader} // it logs as all libraries do, see libraryLog
	limitConns(web)
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := web.Serve(newConnLimiter(listener, maxConnections, time.Now)); !errors.Is(err, http.ErrServerClosed) {
			stop(fmt.Errorf("the server at %s stopped: %w", listen, err))
		}
	})
	a.event(slog.LevelInfo, "serving", "address", "http://"+listener.Addr().String()+"/", "folder", a.out)

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
	s.rounds(ctx)

	leaving, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
	defer cancel()
	if err := web.Shutdown(leaving); err != nil {
		_ = web.Close()
	}
	serving.Wait()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	a.event(slog.LevelInfo, "stopped")
	return nil
}

// server is a program that runs all day.
type server struct {
	*app
	changed chan struct{} // feeds.yaml is another

	mu     sync.Mutex // of all below
	config config.Config
	file   fileState         // of feeds.yaml as it was last looked at
	hash   [sha256.Size]byte // of its text in force
	last   *report           // of the last round; nil: none has ended
	failed error             // why the last round could not be done
	totals totals
	served statusCounts // locks itself
}

// rounds does one round after the other, each when it is time.
func (s *server) rounds(ctx context.Context) {
	for ctx.Err() == nil {
		s.round(ctx)
		if ctx.Err() != nil {
			return
		}
		s.mu.Lock()
		at, why := schedule.Wake(s.now(), s.config.Sources, s.last.visits, s.next())
		s.mu.Unlock()
		s.event(slog.LevelDebug, "waiting", "until", at, "why", why)
		s.wait(ctx, at)
	}
}

// next returns when the next edition is due: as the last round knows it, else as feeds.yaml says.
func (s *server) next() time.Time {
	if s.last.next.IsZero() { // it did not come so far
		return s.config.Edition.Next(s.now(), func(broadsheet.Day) bool { return false })
	}
	return s.last.next
}

// round is one: with the feeds.yaml that is in force at its beginning.
func (s *server) round(ctx context.Context) {
	s.mu.Lock()
	config := s.config
	s.mu.Unlock()
	a := *s.app
	a.given = &config
	rep, err := a.reported(ctx, true, true, false)
	if isTold(err) { // an outage: what is published is served as ever, and there is nothing that a new start would mend
		err = nil
	}
	if err != nil && ctx.Err() == nil {
		s.event(slog.LevelError, "round failed", "error", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.totals.add(rep)
	if rep.visits == nil && s.last != nil {
		rep.visits = s.last.visits
	}
	s.last, s.failed = rep, err
}

// lookEvery is how often feeds.yaml and the clock are looked at: a timer alone would miss a clock that is set, and a
// machine that slept.
const lookEvery = 5 * time.Second

// wait returns when it is that time, when feeds.yaml has changed, or when ctx ends.
func (s *server) wait(ctx context.Context, until time.Time) {
	for ctx.Err() == nil && s.now().Before(until) {
		s.nap(ctx, min(lookEvery, until.Sub(s.now())))
		s.look()
		select {
		case <-s.changed:
			return
		default:
		}
	}
}

// nap waits for a while, or until feeds.yaml has changed.
func (s *server) nap(ctx context.Context, d time.Duration) {
	if s.sleep != nil {
		s.sleep(ctx, d)
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

// look takes over feeds.yaml when it has changed and has come to rest.
func (s *server) look() {
	var now fileState
	if info, err := os.Stat(s.feeds); err == nil {
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
func (s *server) reload(why string) {
	s.mu.Lock()
	before := s.hash
	s.mu.Unlock()
	if _, err := os.Stat(s.feeds); errors.Is(err, fs.ErrNotExist) {
		s.event(slog.LevelError, "feeds.yaml is not there any more; what it said stays in force", "file", s.feeds)
		return
	}
	if err := s.load(); err != nil {
		s.event(slog.LevelError, "feeds.yaml is wrong; the one before stays in force", "error", err)
		return
	}
	s.mu.Lock()
	same := s.hash == before
	sources := len(s.config.Sources)
	s.mu.Unlock()
	if same {
		return
	}
	s.event(slog.LevelInfo, "feeds.yaml taken over", "why", why, "sources", sources)
	s.wake()
}

// wake ends the waiting for the next round.
func (s *server) wake() {
	select {
	case s.changed <- struct{}{}:
	default: // it is ended already
	}
}

// load reads feeds.yaml and puts it in force.
func (s *server) load() error {
	text, err := readFeeds(s.feeds)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s cannot be read: %w", s.feeds, cause(err))
	}
	config, err := s.app.config()
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.config, s.hash = config, sha256.Sum256(text)
	if s.file.at.IsZero() {
		if info, err := os.Stat(s.feeds); err == nil {
			s.file = fileState{info.ModTime(), info.Size(), true}
		}
	}
	return nil
}
