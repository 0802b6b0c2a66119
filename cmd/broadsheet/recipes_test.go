package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"broadsheet/cmd/internal/console"

	"go.yaml.in/yaml/v3"
)

// TestRecipes_CommandsExist checks that every command and flag in the recipes exists.
func TestRecipes_CommandsExist(t *testing.T) {
	call := regexp.MustCompile(`(?m)(?:ExecStart=/usr/local/bin/broadsheet|^\s*(?:run: )?\./broadsheet|&& \./broadsheet|^    broadsheet) ([^#\n]*)`)
	calls := 0
	files, err := filepath.Glob("recipes/*")
	if err != nil || len(files) < 6 {
		t.Fatalf("recipes: %q, %v", files, err)
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range call.FindAllStringSubmatch(string(text), -1) {
			calls++
			a := &app{Console: console.New(io.Discard, io.Discard, false)}
			c, args, err := a.command().Find(strings.Fields(strings.ReplaceAll(m[1], `"`, "")))
			if err == nil && !c.Runnable() {
				t.Errorf("%s: %q is no command", path, m[1])
			}
			if err == nil {
				err = c.ParseFlags(args)
			}
			if err == nil && c.Args != nil {
				err = c.Args(c, c.Flags().Args())
			}
			if err != nil {
				t.Errorf("%s: broadsheet %s: %v", path, m[1], err)
			}
		}
	}
	if calls < 6 {
		t.Errorf("only %d calls were found", calls)
	}
}

// TestRecipes_Keepalive checks the job that keeps GitHub from switching the schedule off: it runs on a schedule that there
// is, the paper does not run then, it alone may write to Actions, and it enables its own workflow, whatever its file is called.
func TestRecipes_Keepalive(t *testing.T) {
	text, err := os.ReadFile("recipes/pages.yml")
	if err != nil {
		t.Fatal(err)
	}
	type job struct {
		If          string
		Permissions map[string]string
		Steps       []struct {
			Run string
			Env map[string]string
		}
	}
	var workflow struct {
		On struct {
			Schedule []struct{ Cron string }
		}
		Permissions map[string]string
		Jobs        map[string]job
	}
	if err := yaml.Unmarshal(text, &workflow); err != nil {
		t.Fatal(err)
	}
	alive, paper := workflow.Jobs["keepalive"], workflow.Jobs["paper"]
	if len(workflow.On.Schedule) != 2 || len(workflow.Jobs) != 2 || len(alive.Steps) != 1 {
		t.Fatalf("the workflow is %+v", workflow)
	}
	weekly := "'" + workflow.On.Schedule[1].Cron + "'"
	if alive.If != "github.event.schedule == "+weekly || paper.If != "github.event.schedule != "+weekly || !strings.HasSuffix(weekly, " * * 1'") {
		t.Errorf("scheduled %s: keepalive if %q, paper if %q", weekly, alive.If, paper.If)
	}
	if len(alive.Permissions) != 1 || alive.Permissions["actions"] != "write" || workflow.Permissions["actions"] != "" || paper.Permissions != nil {
		t.Errorf("permissions: %v of the workflow, %v of keepalive, %v of paper", workflow.Permissions, alive.Permissions, paper.Permissions)
	}
	if alive.Steps[0].Env["GH_TOKEN"] != "${{ github.token }}" {
		t.Errorf("its environment is %v", alive.Steps[0].Env)
	}
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("skipped: the command of the job cannot be tried, because bash is not installed")
	}
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "gh"), []byte("#!"+bash+"\necho \"$@\"\n"), 0o755))
	c := exec.Command(bash, "-eo", "pipefail", "-c", alive.Steps[0].Run)
	c.Env = []string{"PATH=" + dir, "GITHUB_REPOSITORY=ann/daily", "GITHUB_WORKFLOW_REF=ann/daily/.github/workflows/my paper.yml@refs/heads/main"}
	out, err := c.CombinedOutput()
	if want := "api --silent --method PUT repos/ann/daily/actions/workflows/my paper.yml/enable\n"; err != nil || string(out) != want {
		t.Errorf("it calls gh %q (%v), want %q", out, err, want)
	}
}

// TestRecipes_SystemdUnits verifies the units with systemd itself.
func TestRecipes_SystemdUnits(t *testing.T) {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("skipped: systemd-analyze is not installed")
	}
	dir := t.TempDir()
	units, _ := filepath.Glob("recipes/*.service")
	timers, _ := filepath.Glob("recipes/*.timer")
	args := []string{"verify"}
	for _, path := range append(units, timers...) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(dir, filepath.Base(path))
		text = []byte(strings.ReplaceAll(string(text), "/usr/local/bin/broadsheet", "/bin/true")) // an executable that exists
		text = []byte(strings.ReplaceAll(string(text), "Documentation=man:broadsheet(1)\n", ""))
		if err := os.WriteFile(to, text, 0o644); err != nil {
			t.Fatal(err)
		}
		args = append(args, to)
	}
	out, err := exec.Command("systemd-analyze", args...).CombinedOutput()
	if err != nil || strings.Contains(string(out), dir) {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestExitStatuses is the table of the program's exit statuses.
func TestExitStatuses(t *testing.T) {
	good := "sources:\n  - https://blog.example/feed.xml\n"
	for name, test := range map[string]struct {
		feeds string
		args  []string
		want  int
	}{
		"done":                                 {good, []string{"run"}, console.ExitDone},
		"a source that fails":                  {"sources:\n  - https://down.example/feed.xml\n", []string{"run"}, console.ExitDone},
		"help":                                 {good, []string{"--help"}, console.ExitDone},
		"help of a command":                    {good, []string{"serve", "--help"}, console.ExitDone},
		"no command":                           {good, nil, console.ExitUsage},
		"a command that there is not":          {good, []string{"runn"}, console.ExitUsage},
		"a flag that there is not":             {good, []string{"run", "--nosuch"}, console.ExitUsage},
		"an argument too many":                 {good, []string{"run", "x"}, console.ExitUsage},
		"a time that is none":                  {good, []string{"run", "--now", "yesterday"}, console.ExitUsage},
		"a log format that is none":            {good, []string{"run", "--log-format", "xml"}, console.ExitUsage},
		"a log level that is none":             {good, []string{"run", "--log-level", "loud"}, console.ExitUsage},
		"a wrong feeds.yaml":                   {"sources: 1\n", []string{"run"}, console.ExitUsage},
		"a wrong feeds.yaml, served":           {"sources: 1\n", []string{"serve", "--listen", "127.0.0.1:0"}, console.ExitUsage},
		"serve on a clock that stands":         {good, []string{"serve", "--now", "2026-11-24T06:00:00Z"}, console.ExitUsage},
		"an address that is none":              {good, []string{"serve", "--listen", "256.0.0.1:99999"}, console.ExitFailed},
		"a report that has no place":           {good, []string{"run", "--report", "/nosuch/folder/report.json"}, console.ExitFailed},
		"nothing to rebuild from":              {good, []string{"rebuild"}, console.ExitFailed},
		"nothing to rebuild from is all right": {good, []string{"rebuild", "--if-published"}, console.ExitDone},
		"an output that cannot be":             {good, []string{"run", "--out", "/dev/null/x"}, console.ExitFailed},
		"a database that cannot be":            {good, []string{"run", "--db", "/dev/null/x.db"}, console.ExitFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newTestSite(t)
			if err := os.WriteFile(p.in("feeds.yaml"), []byte(test.feeds), 0o644); err != nil {
				t.Fatal(err)
			}
			p.setFeed("blog.example", 1, "https://blog.example/one")
			args := append([]string{"--feeds", p.in("feeds.yaml"), "--db", p.in("broadsheet.db"), "--out", p.in("public")}, test.args...)
			var out strings.Builder
			if got := run(t.Context(), args, env{stdout: &out, stderr: &out, transport: p.web, clock: fixedClock}); got != test.want {
				t.Errorf("exit %d, want %d\n%s", got, test.want, out.String())
			}
		})
	}
}
