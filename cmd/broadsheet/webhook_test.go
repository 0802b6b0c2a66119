package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"broadsheet/cmd/internal/console"
)

// hookServer is a webhook on this machine, which keeps what it receives.
type hookServer struct {
	*httptest.Server
	mu       sync.Mutex // guards all that follows
	bodies   []string
	onAccept func() // called with each message, before the sender learns that it was accepted
}

func startHook(t *testing.T) *hookServer {
	t.Helper()
	h := &hookServer{}
	h.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" || r.URL.Path != "/services/hunter2hunter2hunter2" {
			t.Errorf("%s %s of type %q", r.Method, r.URL, r.Header.Get("Content-Type"))
		}
		h.mu.Lock()
		h.bodies = append(h.bodies, string(body))
		onAccept := h.onAccept
		h.mu.Unlock()
		if onAccept != nil {
			onAccept()
		}
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *hookServer) address() string { return h.URL + "/services/hunter2hunter2hunter2" }

func (h *hookServer) setOnAccept(do func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.onAccept = do
}

// received returns the bodies of all messages so far.
func (h *hookServer) received() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]string(nil), h.bodies...)
}

// hookSite is a folder with a feeds.yaml of loopback feeds and webhooks.
type hookSite struct {
	*testing.T
	dir   string
	feeds []byte
}

func newHookSite(t *testing.T) *hookSite {
	t.Helper()
	return &hookSite{t, t.TempDir(), loopbackFeeds(t, 3)}
}

func (s *hookSite) writeFeeds(webhooks string) {
	s.Helper()
	must(s.T, os.WriteFile(filepath.Join(s.dir, "feeds.yaml"), append([]byte("webhook: "+webhooks+"\n"), s.feeds...), 0o644))
}

// run runs the program once at an hour of 24 November 2026, checks its exit status, and returns what it printed.
func (s *hookSite) run(status int, hour string) string {
	s.Helper()
	var out bytes.Buffer
	in := func(name string) string { return filepath.Join(s.dir, name) }
	args := []string{"run", "--now", "2026-11-24T" + hour + ":00:00Z", "--feeds", in("feeds.yaml"), "--db", in("broadsheet.db"), "--out", in("public")}
	if got := run(context.Background(), args, env{stdout: &out, stderr: &out, clock: fixedClock}); got != status {
		s.Errorf("exit %d, want %d: %s", got, status, out.String())
	}
	if strings.Contains(out.String(), "hunter2") {
		s.Errorf("the address is printed: %s", out.String())
	}
	return out.String()
}

// TestWebhook_KilledBeforeAnswer kills a run when the webhook has received the message and has not answered yet. The next
// run sends the same message again, under the same id, and no run after it does.
func TestWebhook_KilledBeforeAnswer(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: it starts processes, which -short leaves out")
	}
	t.Parallel()
	h, s := startHook(t), newHookSite(t)
	s.writeFeeds("{url: '" + h.address() + "', allow_private: true}")
	started, dead := make(chan *os.Process, 1), make(chan struct{})
	h.setOnAccept(func() {
		_ = (<-started).Kill()
		<-dead
	})
	c := programCommand(s.dir, "--now", "2026-11-24T07:00:00Z", "run")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	started <- c.Process
	if err := c.Wait(); err == nil {
		t.Fatal("it was not killed")
	}
	close(dead)
	h.setOnAccept(nil)
	for _, hour := range []string{"07", "08", "09"} {
		if out := s.run(0, hour); out != "" {
			t.Errorf("at %s it says %q", hour, out)
		}
	}
	got := h.received()
	if len(got) != 2 || got[0] != got[1] {
		t.Fatalf("%d messages, want the same twice: %q", len(got), got)
	}
	var message struct {
		Text, Content, ID, Title, Day string
		Number                        int
		Picks                         []struct{ Title, Link, Source, Excerpt string }
	}
	if err := json.Unmarshal([]byte(got[0]), &message); err != nil {
		t.Fatal(err)
	}
	if message.Day != "2026-11-24" || message.Number != 1 || message.ID == "" || message.Title == "" || len(message.Picks) != 3 ||
		message.Picks[0].Title == "" || message.Picks[0].Source == "" || message.Picks[0].Excerpt == "" ||
		!strings.Contains(message.Text, message.Picks[2].Title) || !strings.Contains(message.Content, message.Picks[2].Title) {
		t.Errorf("the message is %s", got[0])
	}
}

// TestWebhook_KilledBeforePublication has a run that ends between cutting the edition and publishing it: nothing is sent
// until a later run has published it.
func TestWebhook_KilledBeforePublication(t *testing.T) {
	t.Parallel()
	h, s := startHook(t), newHookSite(t)
	s.writeFeeds("{url: '" + h.address() + "', allow_private: true}")
	out := filepath.Join(s.dir, "public")
	must(t, os.WriteFile(out, nil, 0o644)) // no folder can be made there
	s.run(1, "07")
	if got := h.received(); len(got) > 0 {
		t.Errorf("sent before it was published: %q", got)
	}
	must(t, os.Remove(out))
	s.run(0, "08")
	s.run(0, "09")
	if got := h.received(); len(got) != 1 || !strings.Contains(got[0], `"day":"2026-11-24"`) {
		t.Errorf("%d messages, want one: %q", len(got), got)
	}
}

// TestWebhook_PrivateAddress checks that nothing is posted into a private network unless feeds.yaml says so.
func TestWebhook_PrivateAddress(t *testing.T) {
	t.Parallel()
	h, s := startHook(t), newHookSite(t)
	s.writeFeeds("'" + h.address() + "'")
	if out := s.run(0, "07"); !strings.Contains(out, "webhook 127.0.0.1: it is at 127.0.0.1, an address that is not public") || !strings.Contains(out, "give the webhook allow_private: true") {
		t.Errorf("it says %q", out)
	}
	if got := h.received(); len(got) > 0 {
		t.Errorf("posted: %q", got)
	}
	s.writeFeeds("{url: '" + h.address() + "', allow_private: true}")
	s.run(0, "08")
	if got := h.received(); len(got) != 1 {
		t.Errorf("%d messages, want one", len(got))
	}
}

// TestWebhook_AddressElsewhere reads the address from a variable and from a file, and checks that no message repeats what
// is there, or what stands in feeds.yaml in place of a name.
func TestWebhook_AddressElsewhere(t *testing.T) {
	t.Setenv("BROADSHEET_TEST_HOOK", "")
	h, s := startHook(t), newHookSite(t)
	file := filepath.Join(s.dir, "hunter2file")
	s.writeFeeds("[{url_env: BROADSHEET_TEST_HOOK, allow_private: true}, {url_file: '" + file + "', allow_private: true}]")
	if out := s.run(0, "07"); !strings.Contains(out, "webhook: the environment variable that url_env names is empty") || !strings.Contains(out, "webhook: the file that url_file names cannot be read") {
		t.Errorf("it says %q", out)
	}
	t.Setenv("BROADSHEET_TEST_HOOK", "hunter2 is not an address")
	must(t, os.WriteFile(file, []byte("ftp://hunter2.example/\n"), 0o600))
	s.run(0, "08")
	t.Setenv("BROADSHEET_TEST_HOOK", h.address())
	must(t, os.WriteFile(file, []byte(h.address()+"\nsecond line\n"), 0o600))
	s.run(0, "12")
	if got := h.received(); len(got) != 2 || got[0] != got[1] {
		t.Errorf("%d messages, want one for each", len(got))
	}
	s.run(0, "13")
	if got := h.received(); len(got) != 2 {
		t.Errorf("%d messages after another run", len(got))
	}
}

// TestWebhook_RetriedByServe has a webhook that fails at first: serve tries again when the back-off is over, not only when
// a source is due.
func TestWebhook_RetriedByServe(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 24, 7, 0, 0, 0, time.UTC)
	ctx, over := context.WithCancel(t.Context())
	clock := &fastClock{at: start, until: start.Add(6 * time.Hour), over: over}
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	must(t, os.WriteFile(in("feeds.yaml"), []byte("webhook: https://hooks.example/services/hunter2hunter2hunter2\nsources:\n  - {feed: https://blog.example/feed.xml, every: 1d}\n"), 0o644))
	web := newFakeWeb(nil, clock.now)
	web.pages["https://blog.example/feed.xml"] = fmt.Appendf(nil, oneFeed, 1, "Mon, 23 Nov 2026 09:00:00 GMT")
	var when []string
	transport := roundTripper(func(r *http.Request) (*http.Response, error) {
		if r.URL.Host != "hooks.example" {
			return web.RoundTrip(r)
		}
		when = append(when, clock.now().Format("15:04"))
		status := http.StatusInternalServerError
		if len(when) == 4 {
			status = http.StatusOK
		}
		return &http.Response{StatusCode: status, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
	})
	var log lockedBuffer
	status := run(ctx, []string{"serve", "--listen", "127.0.0.1:0", "--log-format", "json", "--feeds", in("feeds.yaml"), "--db", in("broadsheet.db"), "--out", in("public")},
		env{stdout: io.Discard, stderr: &log, transport: transport, clock: clock.now, sleep: clock.sleep})
	if got := strings.Join(when, " "); status != console.ExitDone || got != "07:00 07:05 07:15 07:35" {
		t.Errorf("exit %d, posted at %s", status, got)
	}
	if printed := log.String(); strings.Count(printed, "source webhook") != 1 || strings.Contains(printed, "hunter2") {
		t.Errorf("want the failure once, without the address:\n%s", printed)
	}
}
