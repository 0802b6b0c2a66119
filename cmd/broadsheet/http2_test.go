package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"broadsheet/internal/http2test"
)

// unsolicitedResponse is sent by an HTTP/1 server without a request.
const unsolicitedResponse = "HTTP/1.1 200 disk full, call 555-1234\r\n\x1b[31m\r\n\r\n"

// startTalkativeServer starts an HTTP/1 server that sends more than its response.
func startTalkativeServer(t *testing.T) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Skip("no loopback server can be started here: ", err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				if _, ok := readRequest(conn); ok {
					c := &evilConn{Conn: conn, host: conn.LocalAddr().String()}
					text := c.feedWithoutText()
					c.write("HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n%s%s", len(text), text, unsolicitedResponse)
					c.waitForClose()
				}
			}()
		}
	}()
	return listener.Addr().String()
}

// TestEvilServers_HTTP2 runs the program against servers that each do something wrong: run, check --online and add
// request each once, or twice if it shows that it did not process the request. No library may print anything.
func TestEvilServers_HTTP2(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: it starts processes, which -short leaves out")
	}
	t.Parallel()
	skipUnlessLong(t) // package fetch has the same faults, without the program around it
	faults := http2test.Faults()
	hosts := map[string]http2test.Fault{}
	ready := make(chan struct{})
	s := http2test.Start(t, len(faults), func(c *http2test.Conn) {
		<-ready
		fault := hosts[c.Host]
		if fault.OnConnect != nil {
			fault.OnConnect(c)
			return
		}
		if stream, _, ok := c.Request(); ok {
			fault.OnRequest(c, stream)
		}
	})
	dir := t.TempDir()
	var b strings.Builder
	b.WriteString("limits: {timeout: 2s, gap: 1ms, run: 40s, body: 1000000}\nsources:\n")
	fmt.Fprintf(&b, "  - {name: talkative, feed: 'http://%s/feed', allow_private: true}\n", startTalkativeServer(t))
	for i, fault := range faults {
		hosts[s.Host(i)] = fault
		fmt.Fprintf(&b, "  - {name: '%s', feed: 'https://%s/feed', allow_private: true}\n", fault.Name, s.Host(i))
	}
	close(ready)
	for name, text := range map[string]string{"feeds.yaml": b.String(), "ca.pem": string(s.CA)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	call := func(args ...string) (out, errs string) {
		c := programCommand(dir, args...)
		c.Env = append(c.Env, "SSL_CERT_FILE="+filepath.Join(dir, "ca.pem"))
		var stdout, stderr bytes.Buffer
		c.Stdout, c.Stderr = &stdout, &stderr
		_ = c.Run()
		for line := range strings.Lines(stdout.String() + stderr.String()) {
			if strings.ContainsAny(line, "\x1b\r") || !strings.Contains(line, `"msg":"library"`) &&
				(strings.Contains(line, "Transport") || strings.Contains(line, "Unsolicited") || strings.Contains(line, "555-1234")) {
				t.Errorf("%q: a library prints %.200q", args, line)
			}
		}
		return stdout.String(), stderr.String()
	}
	asked, connected := map[string]int{}, map[string]int{}
	counts := func(args ...string) {
		t.Helper()
		for i, fault := range faults {
			host, most := s.Host(i), 1
			if fault.Repeatable {
				most = 2
			}
			if args[0] == "run" { // a connection that was broken off is tried once more at its end
				most *= 2
			}
			requests, connections := s.Requests(host, "/feed"), s.Connections(host)
			if n, c := requests-asked[host], connections-connected[host]; n > most || c > most {
				t.Errorf("%s: %q made %d requests on %d connections", fault.Name, args, n, c)
			}
			asked[host], connected[host] = requests, connections
		}
	}

	run := []string{"run", "--force", "--now", "2026-11-24T07:00:00Z"}
	_, printed := call(run...)
	counts(run...)
	for _, fault := range faults {
		if fault.WantError != "" && !strings.Contains(printed, fault.Name+": ") && !strings.Contains(printed, fault.WantError) { // many that fail alike are one line
			t.Errorf("nothing is said of a server that %s", fault.Name)
		}
	}

	quiet := []string{"run", "--force", "--quiet", "--log-format", "json", "--now", "2026-11-24T08:00:00Z"}
	out, printed := call(quiet...)
	counts(quiet...)
	if out != "" || strings.Contains(printed, `"msg":"library"`) {
		t.Errorf("--quiet printed %.300q, or told debug events", out)
	}
	checkLines(t, "events", printed)

	debug := append(quiet, "--log-level", "debug")
	_, printed = call(debug...)
	counts(debug...)
	checkLines(t, "debug events", printed)
	if n := strings.Count(printed, `"msg":"library"`); n == 0 || n > 3*50 {
		t.Errorf("%d events of libraries", n)
	}

	call("check", "--online")
	counts("check", "--online")
	for i, fault := range faults {
		switch fault.Name { // some only: each starts a process
		case "closes on a request", "resets with code 7", "goes away, took nothing", "priorities", "stalls":
			call("add", "--dry-run", "--allow-private", "https://"+s.Host(i)+"/feed")
			counts("add", fault.Name)
		}
	}
}
