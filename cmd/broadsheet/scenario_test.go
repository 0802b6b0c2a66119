package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
)

// TestScenarios runs the scenarios of testdata/*.txt. A scenario is one text archive (txtar), run from top to bottom:
//
//	prose about what it shows
//	-- feeds.yaml --                  a file in the working folder (any name that is none of the below)
//	-- https://host/path --           from here on the web serves this there (see fakeWeb); empty: 404
//	-- $ run --now 2026-… --          calls the program, at the time of the last --now if it has none. Each line of the
//	                                  section must be true:
//	                                  "terminal $ run" is a call by a person at a terminal
//	     exit N                       the exit status is N (without such a line, 0)
//	     out TEXT, err TEXT           TEXT is in its output or its messages; with ! before it: is not
//	     quiet                        it printed nothing at all
//	     lines N                      it printed N lines of messages
//	     asked N                      it made N requests
//	     told ADDRESS TEXT            the body of a POST request to ADDRESS contains TEXT; with ! before it: none does
//	                                  an argument that begins with ./ is a file of the working folder
//	-- feeds.yaml is --               the file holds exactly this; "(CRLF)" after a name: with such line ends
//	-- public/atom.xml has --         each line is somewhere in the file; a line that begins with ! is not
//	-- unchanged --                   the last call wrote no file of public: same bytes, same time
//	-- missing public/x --            there is no such file
//	-- remove public/x --             removes a file or a folder
func TestScenarios(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no scenario found: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			s := &scenario{T: t, dir: t.TempDir(), web: newFakeWeb(nil, fixedClock)}
			for _, section := range archive.Files {
				s.runSection(section.Name, string(section.Data))
			}
		})
	}
}

// scenario is the state of a running scenario.
type scenario struct {
	*testing.T
	dir    string
	web    *fakeWeb
	before map[string]string // the output before the last call
}

func (s *scenario) runSection(name, text string) {
	s.Helper()
	switch {
	case strings.HasPrefix(name, "$ "), strings.HasPrefix(name, "terminal $ "):
		s.call(name, text)
	case strings.Contains(name, "://"):
		if strings.TrimSpace(text) == "" {
			text = "404\n\nnot found\n"
		}
		s.web.pages[name] = []byte(text)
	case strings.HasSuffix(name, " (CRLF)"):
		s.runSection(strings.TrimSuffix(name, " (CRLF)"), strings.ReplaceAll(text, "\n", "\r\n"))
	case strings.HasSuffix(name, " is"):
		if got, err := os.ReadFile(filepath.Join(s.dir, strings.TrimSuffix(name, " is"))); err != nil || string(got) != text {
			s.Errorf("%s: %v, but it is\n%s", name, err, got)
		}
	case strings.HasSuffix(name, " has"):
		s.checkFile(strings.TrimSuffix(name, " has"), text)
	case strings.HasPrefix(name, "missing "):
		if _, err := os.Stat(filepath.Join(s.dir, strings.TrimPrefix(name, "missing "))); err == nil {
			s.Errorf("%s is there", name)
		}
	case strings.HasPrefix(name, "remove "):
		if err := os.RemoveAll(filepath.Join(s.dir, strings.TrimPrefix(name, "remove "))); err != nil {
			s.Fatal(err)
		}
	case name == "unchanged":
		now := s.outputFiles()
		for path, was := range s.before {
			if now[path] != was {
				s.Errorf("%s was written though nothing changed", path)
			}
		}
		if len(now) != len(s.before) {
			s.Errorf("the output has %d files, it had %d", len(now), len(s.before))
		}
	default:
		path := filepath.Join(s.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			s.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			s.Fatal(err)
		}
	}
}

// call runs the program in the scenario's folder and checks its exit status and output against the lines of the
// section.
func (s *scenario) call(name, claims string) {
	s.Helper()
	where, line, _ := strings.Cut(name, "$ ")
	s.before = s.outputFiles()
	s.web.requests, s.web.posts = nil, nil
	args := splitArgs(line)
	if now := flagValue(args, "--now"); now != "" {
		at, _ := time.Parse(time.RFC3339, now) // a wrong one is the program's to refuse
		s.web.now = func() time.Time { return at }
	}
	in := func(name string) string { return filepath.Join(s.dir, name) }
	for i, arg := range args {
		if name, here := strings.CutPrefix(arg, "./"); here {
			args[i] = in(name)
		}
	}
	files := []string{"--db", in("broadsheet.db"), "--out", in("public")}
	if flagValue(args, "--feeds") == "" {
		files = append(files, "--feeds", in("feeds.yaml"))
	}
	if len(args) > 0 && args[0] != "__complete" {
		args = slices.Concat(args[:1], files, args[1:]) // not at the end: nothing after -- is a flag
	}
	var out, errs bytes.Buffer
	status := run(context.Background(), args, env{stdout: &out, stderr: &errs, transport: s.web, terminal: where != "", clock: s.web.now})
	want := 0
	for claim := range strings.Lines(claims) {
		claim = strings.TrimSpace(claim)
		kind, text, _ := strings.Cut(claim, " ")
		switch kind {
		case "":
		case "exit":
			fmt.Sscan(text, &want)
		case "quiet":
			if out.Len()+errs.Len() > 0 {
				s.Errorf("$ %s: printed, but should not: %s%s", line, out.String(), errs.String())
			}
		case "lines":
			if got := fmt.Sprint(strings.Count(errs.String(), "\n")); got != text {
				s.Errorf("$ %s: printed %s lines, want %s: %s", line, got, text, errs.String())
			}
		case "asked":
			if got := fmt.Sprint(len(s.web.requests)); got != text {
				s.Errorf("$ %s: asked %s times, want %s: %q", line, got, text, s.web.requests)
			}
		case "told", "!told":
			s.checkContains(line+": what was posted", strings.Join(s.web.posts, "\n"), text, kind == "told")
		case "out", "!out":
			s.checkContains(line+": output", out.String(), text, kind == "out")
		case "err", "!err":
			s.checkContains(line+": messages", errs.String(), text, kind == "err")
		default:
			s.Fatalf("no claim is called %q", kind)
		}
	}
	if status != want {
		s.Errorf("$ %s: exit %d, want %d\n%s%s", line, status, want, out.String(), errs.String())
	}
}

func (s *scenario) checkFile(name, claims string) {
	s.Helper()
	data, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		s.Error(err)
		return
	}
	for claim := range strings.Lines(claims) {
		claim = strings.TrimSpace(claim)
		text, absent := strings.CutPrefix(claim, "!")
		if text = strings.TrimSpace(text); text != "" {
			s.checkContains(name, string(data), text, !absent)
		}
	}
}

func (s *scenario) checkContains(what, got, text string, want bool) {
	s.Helper()
	if strings.Contains(got, text) == want {
		return
	}
	not := ""
	if !want {
		not = "not "
	}
	if len(got) > 3000 {
		got = got[:3000] + "…"
	}
	s.Errorf("%s: want %s%q in\n%s", what, not, text, got)
}

// outputFiles returns the content and modification time of every file of public, by path.
func (s *scenario) outputFiles() map[string]string {
	files := map[string]string{}
	root := filepath.Join(s.dir, "public")
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		files[path] = info.ModTime().String() + string(data)
		return nil
	})
	return files
}

// flagValue returns the value of a flag among args, or "".
func flagValue(args []string, name string) string {
	for i, arg := range args {
		if arg == name && i+1 < len(args) {
			return args[i+1]
		}
	}
	return ""
}

// splitArgs splits a line at spaces, except in double quotes.
func splitArgs(line string) []string {
	var all []string
	quoted := false
	for _, part := range strings.FieldsFunc(line, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return r == ' ' && !quoted
	}) {
		all = append(all, strings.Trim(part, `"`))
	}
	return all
}
